"""A runtime client by hand, for what no ready-made client does: the event says which rule it breaks.

It speaks the Runtime API over `http.client` and answers each event with what it saw.
"""

import http.client
import json
import os
import sys

API = "/2018-06-01/runtime"


def call(method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, API + path, body, headers or {})
    reply = connection.getresponse()
    document = reply.read()
    connection.close()
    return reply.status, reply.headers, document


def error_type(document):
    try:
        return json.loads(document).get("errorType", "")
    except (ValueError, AttributeError):
        return ""


def main():
    if os.environ.get("PROOF_INIT") == "fail":
        error = {"errorType": "Card.NoPrinter", "errorMessage": "the printer is missing", "stackTrace": []}
        call("POST", "/init/error", json.dumps(error), {"Lambda-Runtime-Function-Error-Type": "Card.NoPrinter"})
        sys.exit(1)
    second = None
    while True:
        _, headers, event = call("GET", "/invocation/next")
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        action = json.loads(event).get("do")
        answer = {}
        if action == "headers":
            answer = sorted(name.lower() for name in headers if name.lower().startswith("lambda-runtime-"))
        elif action == "wrong-invocation-id":
            status, _, document = call(
                "POST", f"/invocation/{request_id}/response", "{}", {"Lambda-Runtime-Invocation-Id": "not-this-one"}
            )
            answer = f"{status} {error_type(document)}".strip()
            if status == 202:
                continue
        elif action == "twice":
            call("POST", f"/invocation/{request_id}/response", '"first"')
            status, _, document = call("POST", f"/invocation/{request_id}/response", '"second"')
            second = f"{status} {error_type(document)}".strip()
            continue
        elif action == "what-became-of-the-second":
            answer = second
        elif action == "big":
            status, _, document = call("POST", f"/invocation/{request_id}/response", b'"' + b"x" * (7 << 20) + b'"')
            continue
        call("POST", f"/invocation/{request_id}/response", json.dumps(answer))


if __name__ == "__main__":
    main()
