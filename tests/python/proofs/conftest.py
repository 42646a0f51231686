"""What the proofs share: a cluster for all of them, a home for each, and a seed."""

import os
import secrets
from datetime import datetime, timezone

import pytest

from proofs import citus
from proofs.databases import Cluster, Postgres, Sqlite


@pytest.fixture(scope="session")
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def machines():
    machines = citus.Machines()
    yield machines
    machines.remove()


@pytest.fixture(params=["sqlite", "postgres", *(["citus"] if citus.URL in os.environ else [])])
def database(request, tmp_path):
    """A database of the test's own, in either kind; spread over machines too, if there are any to spread it over."""
    if request.param == "sqlite":
        return Sqlite(tmp_path)
    if request.param == "citus":
        return citus.Citus(tmp_path, request.getfixturevalue("machines"))
    return Postgres(tmp_path, request.getfixturevalue("cluster"))


@pytest.fixture
def server(database):
    server = database.server()
    yield server
    server.discard()


@pytest.fixture
def seed():
    """Printed when a test fails; CARDFILE_PROOF_SEED makes the same choices again."""
    seed = os.environ.get("CARDFILE_PROOF_SEED") or secrets.token_hex(4)
    print(f"CARDFILE_PROOF_SEED={seed}")
    return seed


@pytest.fixture(scope="session")
def this_year():
    return datetime.now(timezone.utc).year
