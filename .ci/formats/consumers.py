"""The reports of a sample class, read by others' parsers. Each judge is then handed a damaged copy, and has to object."""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from documents import jenkins, json_schema, junit
from gradebooks import classroom, comma_separated, gradescope, spreadsheet
from pages import github, html, terminal, w3c

# Who judges, and what of the sample is replaced by what, so that there is something to object to.
JUDGES = [
    (json_schema, "report.json", '"outcome": "pass"', '"outcome": "brilliant"'),
    (jenkins, "junit.xml", "<testcase classname=", "<testcase class="),
    (junit, "junit.xml", ' failures="3"', ' failures="2"'),
    (w3c, "index.html", "<td>", "<td><h1></h1>"),
    (html, "students/anna.html", "</main>", "<script></script></main>"),
    (github, "summary.md", "` ", "<b>"),
    (terminal, "terminal.txt", "李四", "\x1b[1m李四"),
    (comma_separated, "gradebook.csv", "anna,", "anna;"),
    (spreadsheet, "gradebook.csv", "anna,", "=1+1,"),
    (gradescope, "gradescope/bob.json", '"failed"', '"lost"'),
    (classroom, "classroom/anna.env", "EXERCISE1STEP1_RESULTS", "EXERCISE1STEP2_RESULTS"),
]


def objection(judge, sample, tools):
    try:
        judge(sample, tools)
    except Exception as error:  # noqa: BLE001 # a parser's own complaint is one too
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return None


def damaged(sample, copy, file, old, new):
    shutil.copytree(sample, copy)
    text = (copy / file).read_text()
    if old not in text:
        sys.exit(f"{file} can't be damaged: it has no {old!r}")
    (copy / file).write_text(text.replace(old, new, 1))
    return copy


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sample", type=Path)
    for tool in ("--schema", "--junit", "--vnu"):
        parser.add_argument(tool, type=Path, required=True)
    tools = parser.parse_args()
    tools.reporter = os.environ.get("CLASSROOM_REPORTER")
    failures = 0
    for judge, file, old, new in JUDGES:
        against = objection(judge, tools.sample, tools)
        with tempfile.TemporaryDirectory() as folder:
            copy = damaged(tools.sample, Path(folder) / "sample", file, old, new)
            against_damage = objection(judge, copy, tools)
        if against or not against_damage:
            failures += 1
            print(f"BROKEN: {judge.__name__}: {against or f'takes a damaged {file} too'}", file=sys.stderr)
        else:
            print(f"held: {judge.__name__}; of a damaged {file} it says {against_damage[:90]}")
    print(f"formats: {len(JUDGES) - failures} passed, {failures} failed")
    sys.exit(1 if failures else 0)


main()
