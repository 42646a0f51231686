"""Real peers on loopback, each a process of its own, and a server whose entities have them as gateways."""

import json
import sys
from pathlib import Path

import pytest

from peers.fakes import SECRET_KEY, Localstripe, StatefulMock
from peers.processes import HERE, NODE, Peer, free_port
from peers.wire import Wire
from proofs.server import Server
from support.installation import Installation

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


@pytest.fixture(scope="session")
def stripe_peer(tmp_path_factory):
    yield from running_localstripe(tmp_path_factory)


@pytest.fixture(scope="session")
def telling_peer(tmp_path_factory):
    """One that tells of what happens there."""
    yield from running_localstripe(tmp_path_factory)


def running_localstripe(tmp_path_factory):
    home = tmp_path_factory.mktemp("localstripe")
    peer = Peer([sys.executable, HERE / "localstripe_on_loopback.py", "PORT"], home / "log")
    yield peer
    peer.stop()


@pytest.fixture(scope="session")
def stateful_peer(tmp_path_factory):
    home = tmp_path_factory.mktemp("stripe-stateful-mock")
    peer = Peer([NODE, HERE / "stateful_mock_on_loopback.js", "PORT"], home / "log")
    yield peer
    peer.stop()


@pytest.fixture(scope="session")
def wire(stateful_peer):
    """The way that Cardfile has to stripe-stateful-mock."""
    wire = Wire(stateful_peer)
    yield wire
    wire.stop()


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
    """A server with an entity for each gateway, and many for the gateway whose tokens have names that do not change."""

    def __init__(self, server, made):
        super().__init__(server)
        self.made = made
        self.unused = iter(ONCE)

    def caller(self, entity):
        return self.client(self.made[entity]["entity_id"])

    def publishable_key(self, entity):
        return self.made[entity]["publishable_key"]


GATEWAYS = ("stripe", "telling", "bank", "nobody")
# A token is used once in an entity. stripe-stateful-mock makes none, so each test that uses one has an entity of its own.
ONCE = tuple(f"stateful {number}" for number in range(24))
# Who has no gateway has the sandbox.
SANDBOX = ("often",)


@pytest.fixture(scope="session")
def peered(tmp_path_factory, stripe_peer, telling_peer, wire, issuer_peer):
    home = tmp_path_factory.mktemp("peered")
    server = Server(home / "data").start()
    add = Installation(server).command
    made = {name: add("entity", "create", "--name", name) for name in (*GATEWAYS, *ONCE, *SANDBOX)}
    assert server.stop() == 0, server.said()
    (home / "key").write_text(SECRET_KEY + "\n")
    (home / "webhook").write_text(WEBHOOK_SECRET + "\n")
    ports = {"stripe": stripe_peer.port, "telling": telling_peer.port, "stateful": wire.port, "nobody": free_port()}
    (home / "data" / "cardfile.toml").write_text(configuration(home, ports, issuer_peer.port))
    server.start()
    yield Peered(server, made)
    assert server.stop() == 0, server.said()
    server.discard()


def configuration(home, ports, issuer_port):
    tables = [
        f"""
        [gateways.{name}]
        kind = "stripe"
        base_url = "http://127.0.0.1:{port}"
        secret_key_file = "{home / 'key'}"
        webhook_secret_files = ["{home / 'webhook'}"]
        timeout_ms = {2000 if name == "nobody" else 20000}
        """
        for name, port in ports.items()
    ]
    tables += [f'[gateways.bank]\nkind = "iso8583"\naddress = "127.0.0.1:{issuer_port}"\ntimeout_ms = 3000\n']
    tables += [f'[entities."{name}"]\ngateway = "{name}"\n' for name in GATEWAYS]
    tables += [f'[entities."{name}"]\ngateway = "stateful"\n' for name in ONCE]
    return "\n".join(line.strip() for line in "\n".join(tables).splitlines())


@pytest.fixture
def localstripe(stripe_peer):
    return Localstripe(stripe_peer, "stripe")


@pytest.fixture
def telling(telling_peer, peered):
    """It tells Cardfile of what happens there."""
    fake = Localstripe(telling_peer, "telling")
    fake.call("POST", "/_config/webhooks/cardfile", url=f"{peered.url}/webhooks/stripe", secret=WEBHOOK_SECRET)
    return fake


@pytest.fixture
def stateful(stateful_peer, peered):
    return StatefulMock(stateful_peer, next(peered.unused))


@pytest.fixture(params=["localstripe", "stateful"])
def fake(request):
    """Each of those that play Stripe."""
    return request.getfixturevalue(request.param)
