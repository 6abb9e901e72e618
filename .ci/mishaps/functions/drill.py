"""Invokes functions that misbehave, and looks at what the caller is told and at what is left behind.

usage: drill.py EMULATOR-BINARY FUNCTION.py
"""

import base64
import http.client
import json
import subprocess
import sys
import tempfile
import time

MOST_KILOBYTES = 200 << 10  # a flood of 40 MB must not stay in the emulator's memory
TAIL_BYTES = 4096
START_SECONDS = 10
END_SECONDS = 5


class Emulator:
    def __init__(self, binary, function):
        command = [binary, "--listen", "127.0.0.1:0", "--timeout", "2"]
        for name in ("works", "panics-in-init", "hangs-in-init"):
            command += ["--function", f"{name}={sys.executable} {function} {name}"]
        self.log = tempfile.NamedTemporaryFile()
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        until(START_SECONDS, lambda: "http://" in self.logged(), "the emulator does not start")
        self.address = self.logged().split("http://", 1)[1].split()[0]

    def logged(self):
        with open(self.log.name, errors="replace") as log:
            return log.read()

    def invoke(self, name, event):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        headers = {"Content-Type": "application/json", "X-Amz-Log-Type": "Tail"}
        connection.request("POST", f"/2015-03-31/functions/{name}/invocations", json.dumps(event), headers)
        reply = connection.getresponse()
        document = json.loads(reply.read())
        tail = base64.b64decode(reply.getheader("X-Amz-Log-Result") or "")
        return reply.status, reply.getheader("X-Amz-Function-Error"), document, tail

    def fails(self, name, event, error_type, message):
        status, error, document, _ = self.invoke(name, event)
        assert (status, error) == (200, "Unhandled"), (name, event, status, error, document)
        assert document["errorType"] == error_type and message in document["errorMessage"], document

    def works(self, expected):
        status, error, document, _ = self.invoke("works", "what was seen?")
        assert (status, error, document) == (200, None, {"seen": expected}), (status, error, document)

    def kilobytes(self):
        with open(f"/proc/{self.process.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

    def children(self):
        found = subprocess.run(["pgrep", "--parent", str(self.process.pid)], stdout=subprocess.PIPE, text=True)
        return found.stdout.split()

    def end(self):
        self.process.terminate()
        assert self.process.wait(END_SECONDS) == 0, self.process.returncode


def until(seconds, holds, what):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def running(pattern):
    return subprocess.run(["pgrep", "--full", pattern], stdout=subprocess.PIPE, text=True).stdout.split()


def main():
    emulator = Emulator(*sys.argv[1:])
    try:
        emulator.fails("panics-in-init", 1, "Runtime.ExitError", "exit status 101")
        assert "the printer is missing" in emulator.logged(), emulator.logged()
        print("panics in Init: told, with its last words")

        emulator.works([])
        emulator.fails("works", "exit", "Runtime.ExitError", "exit status 7")
        emulator.works([])
        print("exits: told, and the next event has an environment")

        emulator.fails("works", "hang", "Sandbox.Timedout", "Task timed out after 2.00 seconds")
        until(END_SECONDS, lambda: not running("^sleep 613$"), "what a function had started outlives it")
        emulator.works([])
        print("hangs: broken off, with what it had started")

        status, error, document, tail = emulator.invoke("works", "flood")
        assert (status, error, document) == (200, None, "flooded"), (status, error, document)
        assert len(tail) <= TAIL_BYTES and b"the last line" in tail, tail[-300:]
        assert emulator.kilobytes() < MOST_KILOBYTES, f"{emulator.kilobytes()} KB"
        print(f"floods its output: answered, {emulator.kilobytes() >> 10} MB in memory at most")

        status, error, document, _ = emulator.invoke("works", "answer twice")
        assert (status, error, document) == (200, None, "first"), (status, error, document)
        emulator.works([202, 403])
        print("answers twice: the first counts, the second is refused")

        emulator.fails("works", "answer 7 MB", "Function.ResponseSizeTooLarge", "6291556 bytes")
        emulator.works([413])
        print("answers 7 MB: refused, and the environment goes on")

        started = time.monotonic()
        emulator.fails("hangs-in-init", 1, "Sandbox.Timedout", "Task timed out after 2.00 seconds")
        print(f"hangs in Init: broken off twice, after {time.monotonic() - started:.0f} s in all")
    finally:
        emulator.end()
    left = running("misbehaving.py (works|panics-in-init|hangs-in-init)$")
    assert not left, f"processes are left behind: {left}"


main()
