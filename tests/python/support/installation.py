"""A Cardfile that is installed, serves, and is administered from its command line."""

import itertools
import json
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from proofs.server import ROOT, Server, run

POSTGRES = ROOT / "tests/tools/postgres"
RIGHTS = ("read", "write", "scrub", "bulk", "admin")


class Client(NamedTuple):
    """The credentials of a program that calls the API, and where it may work."""

    client_id: str
    client_secret: str
    entities: tuple


class Installation:
    """One server. Tests share it and keep apart by working in entities of their own."""

    def __init__(self, server):
        self.server = server
        self.url = f"http://127.0.0.1:{server.port}"
        self.names = itertools.count(1)

    def command(self, *arguments):
        where = ["--data-dir", self.server.data_dir, *self.server.arguments]
        return json.loads(run(*arguments, "--json", *where))

    def entity(self):
        """Adds an entity and returns its id."""
        return self.command("entity", "create", "--name", f"Entity {next(self.names)}")["entity_id"]

    def client(self, *entities, rights=RIGHTS):
        """Adds a client that may work in these entities, or in a new one."""
        entities = entities or (self.entity(),)
        made = self.command(
            "client", "create", "--name", f"Client {next(self.names)}", "--entity", *entities, "--right", *rights
        )
        return Client(made["client_id"], made["client_secret"], entities)


@contextmanager
def installed(database, home):
    """Serves on `sqlite`, or on a `postgres` that lives and dies with this."""
    home = Path(home)
    if database == "sqlite":
        with serving(Server(home / "data")) as installation:
            yield installation
        return
    with cluster() as url:
        where = ["--database-url", url]
        run("migrate", "--data-dir", home / "data", *where)
        with serving(Server(home / "data", *where)) as installation:
            yield installation


@contextmanager
def serving(server):
    server.start()
    try:
        yield Installation(server)
        assert server.stop() == 0, server.said()
    finally:
        server.discard()


@contextmanager
def cluster():
    """The URL of a PostgreSQL of our own."""
    # Not pytest's temporary directory: root lends the server another user, who could not get in there.
    directory = tempfile.mkdtemp(prefix="cardfile-pg-")
    try:
        yield tool("start", directory, "--owner", str(os.getpid()))
    finally:
        tool("stop", directory)
        shutil.rmtree(directory, ignore_errors=True)


def tool(*arguments):
    done = subprocess.run([POSTGRES, *arguments], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
