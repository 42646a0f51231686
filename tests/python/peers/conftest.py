"""Real peers on loopback, each a process of its own, and a server whose entities have them as gateways."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from proofs.server import Server, wait_for
from support.installation import Installation

HERE = Path(__file__).parent
START_SECONDS = 60
WEBHOOK_SECRET = "whsec_of_the_peers"
# What the issuer host answers, by the number that asks. Its response codes have to be digits.
RULES = {
    "rules": [
        {"match": {"pan_prefix": "400000000000000"}, "respond": "05"},
        {"match": {"pan_prefix": "400000000000006"}, "respond": "54"},
        {"match": {"pan_prefix": "400000000000012"}, "respond": "82"},
        {"match": {"pan_prefix": "5555"}, "respond": "85"},
        {"match": {"mti": "0100", "pan_prefix": "378282"}, "action": "drop"},
    ],
    "default": "00",
}


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
            environment = {**os.environ, "NO_COLOR": "1"}
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        wait_for(self.answers, START_SECONDS, f"{self.command} to listen")

    def answers(self):
        assert self.process.poll() is None, self.log.read_text(errors="replace")[-2000:]
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def stripe_peer(tmp_path_factory):
    home = tmp_path_factory.mktemp("localstripe")
    peer = Peer([sys.executable, HERE / "localstripe_on_loopback.py", "PORT"], home / "log")
    yield peer
    peer.stop()


@pytest.fixture(scope="session")
def issuer_peer(tmp_path_factory):
    home = tmp_path_factory.mktemp("iso8583sim")
    rules = home / "rules.json"
    rules.write_text(json.dumps(RULES))
    command = [Path(sys.executable).with_name("iso8583sim"), "serve", "--port", "PORT", "--rules", rules]
    peer = Peer(command, home / "log")
    yield peer
    peer.stop()


class Peered(Installation):
    """A server with an entity for each gateway."""

    def __init__(self, server, entities):
        super().__init__(server)
        self.entities = entities

    def caller(self, gateway):
        return self.client(self.entities[gateway])


@pytest.fixture(scope="session")
def peered(tmp_path_factory, stripe_peer, issuer_peer):
    home = tmp_path_factory.mktemp("peered")
    server = Server(home / "data").start()
    entities = {name: Installation(server).command("entity", "create", "--name", name)["entity_id"] for name in GATEWAYS}
    assert server.stop() == 0, server.said()
    (home / "key").write_text("sk_test_of_the_peers\n")
    (home / "webhook").write_text(WEBHOOK_SECRET + "\n")
    (home / "data" / "cardfile.toml").write_text(configuration(home, stripe_peer.port, issuer_peer.port))
    server.start()
    yield Peered(server, entities)
    assert server.stop() == 0, server.said()
    server.discard()


GATEWAYS = ("stripe", "bank", "nobody")


def configuration(home, stripe_port, issuer_port):
    tables = [
        f"""
        [gateways.stripe]
        kind = "stripe"
        base_url = "http://127.0.0.1:{stripe_port}"
        secret_key_file = "{home / 'key'}"
        webhook_secret_files = ["{home / 'webhook'}"]
        [gateways.bank]
        kind = "iso8583"
        address = "127.0.0.1:{issuer_port}"
        timeout_ms = 3000
        [gateways.nobody]
        kind = "stripe"
        base_url = "http://127.0.0.1:{free_port()}"
        secret_key_file = "{home / 'key'}"
        timeout_ms = 2000
        """
    ]
    tables += [f'[entities."{name}"]\ngateway = "{name}"\n' for name in GATEWAYS]
    return "\n".join(line.strip() for line in "\n".join(tables).splitlines())
