"""For programs: JSON by its published schema, JUnit's XML by Jenkins' schema and by a library that reads it."""

import json

import jsonschema
import junitparser
import xmlschema

from judging import Objection, hold, report_of, steps_of, students_of


def json_schema(sample, tools):
    schema = json.loads(tools.schema.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for error in jsonschema.Draft202012Validator(schema).iter_errors(report_of(sample)):
        raise Objection(f"{error.json_path}: {error.message}")


def jenkins(sample, tools):
    for error in xmlschema.XMLSchema(tools.junit).iter_errors(sample / "junit.xml"):
        raise Objection(f"{error.path}: {error.reason}")


def junit(sample, _):
    """The counts that are told are those of the cases, and a case is a step."""
    suites = junitparser.JUnitXml.fromfile(str(sample / "junit.xml"))
    for suite in suites:
        told = counts(suite)
        suite.update_statistics()
        hold(told == counts(suite), f"{suite.name} tells {told} and has {counts(suite)}")
    cases = [case for suite in suites for case in suite]
    steps = [step for student in students_of(sample) for step in steps_of(student)]
    hold(len(cases) == len(steps), f"{len(cases)} cases of {len(steps)} steps")
    passed = sum(case.is_passed for case in cases)
    hold(passed == sum(step["outcome"] == "pass" for step in steps), f"{passed} passed")


def counts(suite):
    return suite.tests, suite.failures, suite.errors, suite.skipped
