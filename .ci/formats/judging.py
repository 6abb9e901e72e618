"""What the judges share: an objection, and the sample's report, which every other format tells of too."""

import json
import re


class Objection(Exception):
    """What a consumer has against a document."""


def hold(condition, objection):
    if not condition:
        raise Objection(objection)


def students_of(sample):
    return report_of(sample)["students"]


def report_of(sample):
    return json.loads((sample / "report.json").read_text())


def has_marks(student):
    return all(exercise["mark"] is not None for exercise in student["exercises"])


def steps_of(student):
    return [step for exercise in student["exercises"] for step in exercise["steps"]]


def own_file(folder, student, end):
    """The file of that student: what is not plain in an id is told apart by a checksum after a dot."""
    plain = re.sub("[^a-z0-9_-]", "_", student["id"])[:48]
    (found,) = [path for path in folder.glob(f"*{end}") if path.name.split(".")[0] == plain]
    return found
