"""For whoever keeps the marks: spreadsheets, Gradescope, GitHub Classroom. A mark that is absent is never a zero."""

import base64
import csv
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import openpyxl

from judging import has_marks, hold, own_file, steps_of, students_of


def comma_separated(sample, _):
    with open(sample / "gradebook.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    students = students_of(sample)
    hold(len(rows) == len(students), f"{len(rows)} rows")
    for row, student in zip(rows, students):
        hold(None not in row and None not in row.values(), f"{student['id']!r} has not a cell for each column")
    ids = {row["id"] for row in rows}
    hold({"anna", "bob", "li"} < ids and len(ids) == len(rows), f"the students are {ids}")


def spreadsheet(sample, _):
    """What a spreadsheet computes is a formula; what it adds up is a number; what is absent is empty."""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "gradebook.xlsx"
        subprocess.run(["ssconvert", str(sample / "gradebook.csv"), str(book)], check=True, capture_output=True)
        rows = list(openpyxl.load_workbook(book).active.iter_rows())
    for cell in (cell for row in rows for cell in row):
        hold(cell.data_type != "f", f"{cell.coordinate} is the formula {cell.value!r}")
    column = [cell.value for cell in rows[0]].index("total")
    for row, student in zip(rows[1:], students_of(sample), strict=True):
        hold(row[column].value == student["total"], f"{student['id']!r} has {row[column].value!r}, not {student['total']}")


# gradescope-autograders.readthedocs.io, Autograder Specifications, Output format: types, or the values that are taken.
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITIES = {"visible", "hidden", "after_due_date", "after_published"}
NUMBER = (int, float)
RESULTS = {
    **dict.fromkeys(("score", "execution_time"), NUMBER),
    **dict.fromkeys(("output_format", "test_output_format", "test_name_format"), FORMATS),
    **dict.fromkeys(("visibility", "stdout_visibility"), VISIBILITIES),
    **{"output": str, "extra_data": dict, "tests": list, "leaderboard": list},
}
TEST = {
    **dict.fromkeys(("score", "max_score"), NUMBER),
    **dict.fromkeys(("name", "number", "output"), str),
    **dict.fromkeys(("name_format", "output_format"), FORMATS),
    **{"status": {"passed", "failed"}, "visibility": VISIBILITIES, "tags": list, "extra_data": dict},
}


def gradescope(sample, _):
    for student in students_of(sample):
        results = json.loads(own_file(sample / "gradescope", student, ".json").read_text())
        fits(results, RESULTS)
        for test in results["tests"]:
            fits(test, TEST)
            hold(0 <= test.get("score", 0) <= test["max_score"], f"{test.get('score')} of {test['max_score']} points")
        # The score is optional, and required where the tests have none: without either there is no grade, as it should be.
        has_score = "score" in results or any("score" in test for test in results["tests"])
        hold(has_score == has_marks(student), f"{student['id']!r} has a score: {has_score}")


def fits(values, rules):
    for key, value in values.items():
        hold(key in rules, f"{key!r} is not known")
        rule = rules[key]
        hold(value in rule if isinstance(rule, set) else isinstance(value, rule), f"{key!r} is {value!r}")


def classroom(sample, tools):
    for student in students_of(sample):
        environment = {}
        for line in own_file(sample / "classroom", student, ".env").read_text().splitlines():
            # GitHub's environment files: a name, an equals sign, and the rest of the line.
            name, equals, environment[name] = line.partition("=")
            hold(equals and re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name), f"{line!r} sets nothing")
        runners = own_file(sample / "classroom", student, ".runners").read_text()
        told = (reported if tools.reporter else counted)(runners, environment, tools)
        earned, possible = (sum(step[key] for step in steps_of(student)) for key in ("earned", "points"))
        expected = (earned, possible) if has_marks(student) else None
        hold(told == expected, f"of {student['id']!r} Classroom is told {told}, not {expected}")


def counted(runners, environment, _):
    """What `classroom-resources/autograding-grading-reporter` counts, by its `main.js` and `notify-classroom.js`."""
    hold(re.fullmatch("([a-zA-Z0-9]+,)*[a-zA-Z0-9]+", runners), f"{runners!r} are no names")
    points = possible = 0
    for runner in runners.split(","):
        results = json.loads(base64.b64decode(environment[f"{runner.upper()}_RESULTS"], validate=True))
        hold(results["status"] in ("pass", "fail", "error"), f"status {results['status']!r}")
        if results.get("max_score"):
            possible += results["max_score"]
            points += sum(test["score"] for test in results["tests"])
    return (points, possible) if possible else None


def reported(runners, environment, tools):
    """The reporter itself: what it tells Classroom is in a command that it prints, and no other command may be there."""
    given = {"PATH": os.environ["PATH"], "INPUT_RUNNERS": runners, **environment}
    ran = subprocess.run(["node", "src/main.js"], cwd=tools.reporter, env=given, capture_output=True, text=True, check=False)
    hold(not ran.stderr, ran.stderr)
    commands = [line for line in ran.stdout.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    own = "::notice title=Autograding (complete|report)::|::error::Some tests (failed|errored)\\."
    hold(all(re.match(own, command) for command in commands), f"there are the commands {commands}")
    summary = re.search(r"^::notice title=Autograding report::(.*)$", ran.stdout, re.MULTILINE)
    told = json.loads(summary[1]) if summary else None
    return told and (told["totalPoints"], told["maxPoints"])
