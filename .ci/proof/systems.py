"""The two systems that serve the same function: the course's emulator, and AWS's Runtime Interface Emulator."""

import http.client
import os
import signal
import socket
import subprocess
import time

READY_SECONDS = 15
REPLY_SECONDS = 20
PATH = "/2015-03-31/functions/{}/invocations"


class Reply:
    """An HTTP reply: status, headers, body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def error(self):
        return self.headers.get("X-Amz-Function-Error")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class System:
    """A running system that serves one function, called `function`."""

    def __init__(self, command, timeout_seconds=20):
        self.port = free_port()
        arguments, more = self.start(command, timeout_seconds)
        self.log = open(f"/tmp/proof-{os.getpid()}-{self.port}.log", "w+b")
        self.process = subprocess.Popen(
            arguments,
            env={"PATH": os.environ["PATH"], **more},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.wait()

    def wait(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise SystemExit(f"{self.NAME} did not start:\n{self.output()}")

    def output(self):
        self.log.flush()
        with open(self.log.name, "rb") as log:
            return log.read().decode(errors="replace")

    def invoke(self, event, name="function", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REPLY_SECONDS)
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        connection.request("POST", PATH.format(name), event.encode(), headers)
        reply = connection.getresponse()
        return Reply(reply.status, reply.headers, reply.read().decode(errors="replace"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()
        os.unlink(self.log.name)


class Ours(System):
    """The solution of chapter 2."""

    NAME = "ours"
    BINARY = None
    DYNAMODB = None

    def start(self, command, timeout_seconds):
        arguments = [self.BINARY, "--listen", f"127.0.0.1:{self.port}", "--timeout", str(timeout_seconds)]
        if self.DYNAMODB:
            arguments += ["--dynamodb", self.DYNAMODB]
        return arguments + ["--function", f"function={command}"], {}


class Rie(System):
    """AWS's Runtime Interface Emulator."""

    NAME = "RIE"
    BINARY = None

    def start(self, command, timeout_seconds):
        arguments = [
            self.BINARY,
            "--runtime-interface-emulator-address",
            f"127.0.0.1:{self.port}",
            "--runtime-api-address",
            f"127.0.0.1:{free_port()}",
        ]
        return arguments + command.split(), {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_seconds)}
