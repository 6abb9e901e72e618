"""Serves the same functions by the course's emulator and by AWS's Runtime Interface Emulator, and compares.

What is seen is held against the column *observed* of the table of differences in the book: a difference that the
book doesn't list, or one that it lists and that isn't there, fails. `--write` fills the column instead.
"""

import argparse
import base64
import concurrent.futures
import http.client
import json
import re
import sys

from systems import Ours, Rie

NOT_COMPARED = "–"


def normal(body):
    """What differs from one invocation to the next is replaced by its name."""
    body = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "REQUEST-ID", body)
    return re.sub(r"\s+$", "", body)


def document(body):
    try:
        return json.loads(normal(body))
    except ValueError:
        return normal(body)


def headers_of(reply):
    """The headers that a client of Lambda reads, and what is in them where that is the same for every reply."""
    for name in sorted(name.lower() for name in reply.headers):
        if name == "content-type" or name == "x-amz-executed-version":
            yield f"{name} {reply.headers[name]}"
        elif name.startswith("x-am"):
            yield name


def at_once(system, callers):
    """How many of so many callers at once get their answer."""

    def answered(event):
        try:
            return system.invoke(event).status == 200
        except (OSError, http.client.HTTPException):
            return False

    with concurrent.futures.ThreadPoolExecutor(callers) as pool:
        return sum(pool.map(answered, ['{"do": "sleep", "milliseconds": 700}'] * callers))


def observations(system, functions):
    """What one system does in every case, as short text by the id of the book's row."""
    seen = {}
    for language in ("rust", "python"):
        with system(functions[language]) as one:
            ok = one.invoke('{"a": [1, "ü"]}')
            fail = one.invoke('{"do": "fail"}')
            context = one.invoke('{"do": "context"}')
            seen[f"reply/{language}"] = f"{ok.status} {document(ok.body)} {document(context.body)}"
            seen[f"function-error-status/{language}"] = str(fail.status)
            seen[f"function-error-header/{language}"] = str(fail.error())
            error = document(fail.body)
            said = f"{error.pop('errorType')}: {error.pop('errorMessage')}"
            seen[f"function-error-body/{language}"] = f"{said}, {' '.join(sorted(error)) or 'nothing more'}"
            seen[f"reply-headers/{language}"] = ", ".join(headers_of(ok))
            gone = one.invoke('{"do": "exit"}')
            told = document(gone.body)
            seen[f"exit/{language}"] = f"{gone.status}, {told.get('errorType')}, header {gone.error()}"
            again = one.invoke('{"a": 2}')
            seen[f"after-exit/{language}"] = f"{again.status} {document(again.body)}"

    with system(functions["rust"], timeout_seconds=1) as one:
        late = one.invoke('{"do": "sleep", "milliseconds": 4000}')
        body = document(late.body)
        kind = body.get("errorType") if isinstance(body, dict) else "plain text"
        seen["timeout"] = f"{late.status}, {kind}, header {late.error()}"

    with system(functions["rust"]) as one:
        seen["names"] = str(one.invoke("{}", name="another").status)
        dry = one.invoke("{}", X_Amz_Invocation_Type="DryRun")
        seen["dry-run"] = f"{dry.status} {dry.body}".strip()
        event = one.invoke('{"a": 1}', X_Amz_Invocation_Type="Event")
        seen["event-type"] = f"{event.status} {event.body}".strip()
        tail = one.invoke("{}", X_Amz_Log_Type="Tail").headers.get("X-Amz-Log-Result")
        seen["log-tail"] = "present" if tail else "absent"
        log = base64.b64decode(tail).decode() if tail else one.output()
        lines = [word for word in ("START", "END", "REPORT") if re.search(rf"^{word} RequestId: ", log, re.M)]
        seen["report"] = " ".join(lines)
    with system(functions["rust"]) as one:
        # How many RIE answers before it gives up is chance.
        seen["concurrency"] = "both answered" if at_once(one, 2) == 2 else "not both answered"

    with system(functions["runtime"]) as one:
        seen["request-headers"] = ", ".join(document(one.invoke('{"do": "headers"}').body))
        wrong = document(one.invoke('{"do": "wrong-invocation-id"}').body)
        seen["invocation-id"] = "accepted" if wrong == {} else str(wrong)
        one.invoke('{"do": "twice"}')
        seen["twice"] = str(document(one.invoke('{"do": "what-became-of-the-second"}').body))
        big = one.invoke('{"do": "big"}')
        body = document(big.body)
        kind = body.get("errorType") if isinstance(body, dict) else "no document"
        seen["response-size"] = f"{big.status}, {kind}, header {big.error()}"

    with system(f"env PROOF_INIT=fail {functions['runtime']}") as one:
        refused = one.invoke("{}")
        body = document(refused.body)
        kind = body.get("errorType") if isinstance(body, dict) else "no document"
        seen["init-error"] = f"{refused.status}, {kind}, header {refused.error()}"
    return seen


def observed(ours, rie):
    """The book's column: `agree`, or what each did. Where languages differ, each is told."""
    rows = {}
    for key in ours:
        row, _, language = key.partition("/")
        same = ours[key] == rie[key]
        rows.setdefault(row, {})[language] = "agree" if same else f"ours {ours[key]}; RIE {rie[key]}"
    texts = {}
    for row, told in rows.items():
        alike = len(set(told.values())) == 1
        text = next(iter(told.values())) if alike else ". ".join(f"{name.capitalize()}: {text}" for name, text in told.items())
        texts[row] = text.replace("|", "/")
    return texts


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--emulator", required=True)
    arguments.add_argument("--rie", required=True)
    arguments.add_argument("--rust-function", required=True)
    arguments.add_argument("--python", required=True, help="an interpreter with awslambdaric")
    arguments.add_argument("--functions", required=True, help="the folder with handler.py and runtime.py")
    arguments.add_argument("--dynamodb", required=True)
    arguments.add_argument("--table", required=True, help="the book's page of differences")
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()

    Ours.BINARY, Ours.DYNAMODB, Rie.BINARY = given.emulator, given.dynamodb, given.rie
    functions = {
        "rust": given.rust_function,
        "python": f"env PYTHONPATH={given.functions} {given.python} -m awslambdaric handler.handle",
        "runtime": f"{given.python} {given.functions}/runtime.py",
    }
    seen = observed(observations(Ours, functions), observations(Rie, functions))

    with open(given.table, encoding="utf-8") as page:
        lines = page.read().split("\n")
    passed, failed, listed = 0, 0, set()
    for number, line in enumerate(lines):
        row = re.match(r"\| `([a-z-]+)` \|.*\| ([^|]*) \|$", line)
        if not row or row[1] not in seen:
            if row and row[2] not in (NOT_COMPARED, ""):
                print(f"{row[1]}: the book says {row[2]!r}, and nothing compares it", file=sys.stderr)
                failed += 1
            continue
        listed.add(row[1])
        if given.write:
            lines[number] = line[: row.start(2)] + seen[row[1]] + line[row.end(2) :]
        elif row[2] == seen[row[1]]:
            passed += 1
        else:
            print(f"{row[1]}: the book says {row[2]!r}, seen {seen[row[1]]!r}", file=sys.stderr)
            failed += 1
    for row in sorted(set(seen) - listed):
        print(f"{row}: compared, and not in the book's table", file=sys.stderr)
        failed += 1
    if given.write:
        with open(given.table, "w", encoding="utf-8") as page:
            page.write("\n".join(lines))
    print(f"rows of the table: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
