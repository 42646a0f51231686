"""The real binary, started, asked, killed and stopped the way an operator does it."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("CARDFILE_BIN", ROOT / "target/debug/cardfile")).absolute()
# Many times what it takes on a busy machine; only a server that hangs gets there.
START_SECONDS = 60
STOP_SECONDS = 60
LISTENING = re.compile(rb"^listening on http://127\.0\.0\.1:(\d+)$", re.MULTILINE)


def environment():
    """Settings of whoever runs the tests must not reach the server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CARDFILE_")}


class Server:
    """One server on a data directory; it can be started again after each end. What it prints is kept for good."""

    def __init__(self, data_dir, *arguments, binary=BINARY, log="warn"):
        self.data_dir = Path(data_dir)
        self.command = [binary, "serve", "--sandbox", "--listen", "127.0.0.1:0", "--data-dir", self.data_dir, "--log", log]
        self.arguments = list(arguments)
        self.stdout = self.data_dir.with_name(f"{self.data_dir.name}.stdout")
        self.stderr = self.data_dir.with_name(f"{self.data_dir.name}.stderr")
        self.process = None
        self.port = None
        self.started_at = None

    def start(self, *arguments):
        """Returns when the server says that it answers."""
        self.started_at = time.time()
        with open(self.stdout, "ab") as out, open(self.stderr, "ab") as err:
            seen = out.tell()
            self.process = subprocess.Popen(
                [*map(str, self.command + self.arguments), *arguments],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

        def port():
            assert self.process.poll() is None, f"the server ended while starting:\n{self.said()}"
            return LISTENING.search(self.stdout.read_bytes(), seen)

        self.port = int(wait_for(port, START_SECONDS, "the server to listen")[1])
        return self

    def said(self):
        return self.stderr.read_text(errors="replace")[-2000:]

    def credentials(self):
        return json.loads((self.data_dir / "bootstrap.json").read_text())

    def kill(self):
        """kill -9, and the process is gone when this returns."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def end(self):
        """Waits for the end of a server that was told to stop, and returns its exit code."""
        return self.process.wait(STOP_SECONDS)

    def stop(self):
        self.terminate()
        return self.end()

    def discard(self):
        if self.process and self.process.poll() is None:
            self.kill()


def run(*arguments, binary=BINARY):
    """Runs one of the other commands."""
    done = subprocess.run([binary, *map(str, arguments)], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def wait_for(condition, seconds, what):
    """Looks until the condition holds, and returns what it returned."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        pause.wait(0.005)
    return found
