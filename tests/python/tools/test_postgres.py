"""tests/tools/postgres: what a test may rely on."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "postgres"
GONE_SECONDS = 30


def postgres(*arguments):
    done = subprocess.run([TOOL, *map(str, arguments)], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def query(url, *statements):
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


def wait_until_gone(directory):
    deadline = time.monotonic() + GONE_SECONDS
    while directory.exists():
        assert time.monotonic() < deadline, f"{directory} is still there"
        time.sleep(0.05)


@pytest.fixture
def directory():
    # Not pytest's own temporary directory: a server lent to another user by root could not enter it.
    path = Path(tempfile.mkdtemp(prefix="cardfile-pg-"))
    yield path
    if (path / "cluster.json").exists():
        postgres("stop", path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def owner():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def test_a_cluster_is_recent_and_durable(directory):
    url = postgres("start", directory)
    assert [query(url, f"SHOW {name}")[0] for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3
    assert int(query(url, "SHOW server_version_num")[0]) >= 150000


def test_what_was_committed_survives_a_kill_at_the_same_address(directory):
    url = postgres("start", directory)
    query(url, "CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (7)")
    pid = int(Path(postgres("pidfile", directory)).read_text().splitlines()[0])
    postgres("kill", directory)
    with pytest.raises(psycopg.OperationalError):
        query(url, "SELECT 1")
    assert postgres("start", directory) == url
    assert query(url, "SELECT id FROM kept") == (7,)
    assert int(Path(postgres("pidfile", directory)).read_text().splitlines()[0]) != pid
    assert "not properly shut down" in (directory / "server.log").read_text()


def test_stop_leaves_nothing_behind(directory):
    url = postgres("start", directory)
    postgres("stop", directory)
    assert not directory.exists()
    with pytest.raises(psycopg.OperationalError):
        query(url, "SELECT 1")


def test_a_cluster_goes_with_its_owner_even_if_that_is_killed(directory, owner):
    url = postgres("start", directory, "--owner", owner.pid)
    assert query(url, "SELECT 1") == (1,)
    owner.kill()
    wait_until_gone(directory)
    with pytest.raises(psycopg.OperationalError):
        query(url, "SELECT 1")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the watcher in /proc")
def test_a_sweep_removes_what_neither_owner_nor_watcher_could(directory, owner):
    postgres("start", directory, "--owner", owner.pid)
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        words = command.read_bytes().split(b"\0") if command.exists() else []
        if b"watch" in words and os.fsencode(directory) in words:
            os.kill(int(command.parent.name), signal.SIGKILL)
    owner.kill()
    owner.wait()
    postgres("sweep")
    assert not directory.exists()


def test_a_directory_with_other_things_in_it_is_left_alone(directory):
    (directory / "letter").write_text("dear")
    for command in ("start", "stop", "kill"):
        refused = subprocess.run([TOOL, command, directory], text=True, capture_output=True)
        assert refused.returncode != 0 and "postgres: " in refused.stderr
    assert [path.name for path in directory.iterdir()] == ["letter"]
