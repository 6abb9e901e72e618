"""AWS's own clients, unmodified, invoke functions on the course's emulator: boto3 and the command line."""

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from systems import Ours

EVENT_SECONDS = 10

failures = 0


def expect(what, seen, wanted):
    global failures
    if seen == wanted:
        print(f"held: {what}")
    else:
        failures += 1
        print(f"BROKEN: {what}: wanted {wanted!r}, seen {seen!r}", file=sys.stderr)


def came(emulator, text):
    """Whether it stands in what the emulator prints, within a while."""
    deadline = time.monotonic() + EVENT_SECONDS
    while text not in emulator.output():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def with_boto3(emulator, url, language):
    client = boto3.client(
        "lambda",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="proof",
        aws_secret_access_key="proof",
        config=Config(retries={"max_attempts": 0}, parameter_validation=True),
    )
    reply = client.invoke(FunctionName="function", Payload=json.dumps({"a": "ü"}), LogType="Tail")
    expect(f"{language}: boto3 gets the reply", json.loads(reply["Payload"].read()), {"a": "ü"})
    expect(f"{language}: boto3 gets 200", reply["StatusCode"], 200)
    expect(f"{language}: boto3 gets the version", reply["ExecutedVersion"], "$LATEST")
    tail = base64.b64decode(reply["LogResult"]).decode()
    expect(f"{language}: boto3 gets the log's tail", "REPORT RequestId: " in tail, True)
    error = client.invoke(FunctionName="function", Payload=json.dumps({"do": "fail"}))
    expect(f"{language}: boto3 sees a function error", error["FunctionError"], "Unhandled")
    expect(f"{language}: boto3 sees its type", json.load(error["Payload"])["errorType"], "CardMissing")
    expect(f"{language}: boto3 gets no log that it didn't ask for", "LogResult" in error, False)
    arn = client.invoke(FunctionName="arn:aws:lambda:us-east-1:000000000000:function:function", Payload="{}")
    expect(f"{language}: boto3 invokes by ARN", arn["StatusCode"], 200)
    dry = client.invoke(FunctionName="function", InvocationType="DryRun", Payload="{}")
    expect(f"{language}: boto3 runs dry", dry["StatusCode"], 204)
    queued = client.invoke(FunctionName="function", InvocationType="Event", Payload=json.dumps({"a": 1}))
    expect(f"{language}: boto3 queues an event", queued["StatusCode"], 202)
    ended = f"END RequestId: {queued['ResponseMetadata']['RequestId']}"
    expect(f"{language}: and the event is run", came(emulator, ended), True)
    context = json.dumps({"do": "context"})
    for qualifier, parts in ((None, 7), ("live", 8)):
        which = {"Qualifier": qualifier} if qualifier else {}
        told = client.invoke(FunctionName="function", Payload=context, **which)
        expect(f"{language}: the function is told {qualifier or 'no qualifier'}", json.load(told["Payload"])["arn_parts"], parts)
    for name, payload, code in (
        ("nowhere", "{}", "ResourceNotFoundException"),
        ("function", "{", "InvalidRequestContentException"),
    ):
        try:
            client.invoke(FunctionName=name, Payload=payload)
            expect(f"{language}: boto3 is refused", "no error", code)
        except ClientError as error:
            expect(f"{language}: boto3 is refused", error.response["Error"]["Code"], code)


def with_command_line(aws, url, language):
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "proof",
        "AWS_SECRET_ACCESS_KEY": "proof",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with tempfile.NamedTemporaryFile() as reply:
        arguments = [aws, "lambda", "invoke", "--endpoint-url", url, "--function-name", "function"]
        ran = subprocess.run(
            [*arguments, "--payload", '{"card": "42"}', "--output", "json", reply.name],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        expect(f"{language}: the command line succeeds", (ran.returncode, ran.stderr), (0, ""))
        written = reply.read().decode()
        expect(f"{language}: the command line writes the reply", written and json.loads(written), {"card": "42"})


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--emulator", required=True)
    arguments.add_argument("--rust-function", required=True)
    arguments.add_argument("--python", required=True)
    arguments.add_argument("--functions", required=True)
    arguments.add_argument("--dynamodb", required=True)
    arguments.add_argument("--aws", required=True, help="the AWS command line, version 1")
    given = arguments.parse_args()

    Ours.BINARY, Ours.DYNAMODB = given.emulator, given.dynamodb
    commands = {
        "Rust": given.rust_function,
        "Python": f"env PYTHONPATH={given.functions} {given.python} -m awslambdaric handler.handle",
    }
    for language, command in commands.items():
        with Ours(command) as emulator:
            url = f"http://127.0.0.1:{emulator.port}"
            with_boto3(emulator, url, language)
            with_command_line(given.aws, url, language)
    print(f"clients: {'all held' if not failures else f'{failures} broken'}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
