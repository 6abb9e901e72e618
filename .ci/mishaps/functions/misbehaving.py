"""A function that misbehaves, in the way that its first argument or an event names. It speaks the Runtime API by hand."""

import http.client
import json
import os
import subprocess
import sys
import time

API = "/2018-06-01/runtime"
LARGE_BYTES = 7 << 20
FLOOD_LINES = 200_000


def call(method, path, body=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, API + path, body)
    reply = connection.getresponse()
    document = reply.read()
    connection.close()
    return reply.status, reply.headers, document


def answer(request_id, value):
    status, _, _ = call("POST", f"/invocation/{request_id}/response", json.dumps(value))
    return status


def init(how):
    if how == "panics-in-init":
        print("the printer is missing", file=sys.stderr, flush=True)
        os._exit(101)
    if how == "hangs-in-init":
        time.sleep(600)


def main():
    init(sys.argv[1])
    seen = []
    while True:
        _, headers, event = call("GET", "/invocation/next")
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        what = json.loads(event)
        if what == "exit":
            os._exit(7)
        elif what == "hang":
            # What it has started must not outlive it.
            subprocess.Popen(["sleep", "613"])
            time.sleep(600)
        elif what == "flood":
            for line in range(FLOOD_LINES):
                print(f"{line} {'x' * 200}")
            print("the last line", flush=True)
            answer(request_id, "flooded")
        elif what == "answer twice":
            seen = [answer(request_id, "first"), answer(request_id, "second")]
        elif what == "answer 7 MB":
            seen = [answer(request_id, "x" * LARGE_BYTES)]
        else:
            answer(request_id, {"seen": seen})


main()
