"""The two databases: where they are, what is in their tables, and how they die."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.types.json import set_json_loads

from proofs.server import ROOT, Server, run, wait_for

TOOL = ROOT / "tests/tools/postgres"
BACKEND_SECONDS = 60


class Sqlite:
    """A file in the data directory."""

    name = "sqlite"

    def __init__(self, home):
        self.data_dir = Path(home) / "data"
        self.file = self.data_dir / "cardfile.sqlite"

    def server(self, **options):
        return Server(self.data_dir, **options)

    @contextmanager
    def reader(self):
        # The file is opened for writing because a log may have to be recovered, which reading alone cannot.
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            connection.execute("PRAGMA query_only = TRUE")
            yield lambda sql, parameters=(): connection.execute(sql, parameters).fetchall()

    def uuid(self, id):
        return id

    TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
    COLUMNS = "SELECT name FROM pragma_table_info(?) ORDER BY cid"

    def settle(self, before):
        """Nobody but the server of now writes: a killed process takes its transaction along."""

    def copy(self, home):
        """The same, elsewhere. Nobody may be writing."""
        shutil.copytree(self.data_dir, Path(home) / "data")
        return Sqlite(home)


class Cluster:
    """A PostgreSQL server of our own."""

    def __init__(self):
        # Not the test's own directory: root lends the server another user, who could not get in there.
        self.directory = Path(tempfile.mkdtemp(prefix="cardfile-pg-"))
        self.url = self.tool("start", "--owner", str(os.getpid()))
        self.databases = 0
        with psycopg.connect(self.url, autocommit=True) as connection, suppress(psycopg.errors.InvalidParameterValue):
            # One call for the whole file system where the system has it, rather than one for each file after a kill.
            connection.execute("ALTER SYSTEM SET recovery_init_sync_method = 'syncfs'")

    def tool(self, command, *options):
        done = subprocess.run([TOOL, command, self.directory, *options], text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def kill(self):
        """kill -9 for each of its processes."""
        self.tool("kill")

    def start(self):
        self.tool("start")

    def remove(self):
        self.tool("stop")
        shutil.rmtree(self.directory, ignore_errors=True)

    def new_database(self, template="template0"):
        """Makes a database and returns its URL."""
        self.databases += 1
        name = f"proof{self.databases}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url.rsplit("/", 1)[0] + f"/{name}"


class Postgres:
    """A database in a cluster."""

    name = "postgres"

    def __init__(self, home, cluster, template=None):
        self.data_dir = Path(home) / "data"
        self.cluster = cluster
        self.url = cluster.new_database(*([template.url.rsplit("/", 1)[1]] if template else []))
        if not template:
            self.data_dir.mkdir(mode=0o700)
            run("migrate", "--data-dir", self.data_dir, "--database-url", self.url)

    def server(self, **options):
        return Server(self.data_dir, "--database-url", self.url, **options)

    @contextmanager
    def reader(self):
        with psycopg.connect(self.url, autocommit=True) as connection:
            # JSON is compared as the text that is stored.
            set_json_loads(lambda data: data if isinstance(data, str) else bytes(data).decode(), connection)
            yield lambda sql, parameters=(): [
                tuple(map(plain, row)) for row in connection.execute(sql.replace("?", "%s"), parameters)
            ]

    def uuid(self, id):
        return UUID(bytes=id)

    TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    COLUMNS = (
        "SELECT column_name::text FROM information_schema.columns WHERE table_name = ? AND table_schema = 'public' "
        "ORDER BY ordinal_position"
    )

    def settle(self, before):
        """Waits for the end of what a server that was killed before some time had sent and may still be committed."""
        sql = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_start < "
            "to_timestamp(?) AND pid <> pg_backend_pid()"
        )
        with self.reader() as select:
            wait_for(lambda: select(sql, (before,)) == [(0,)], BACKEND_SECONDS, "a killed server's statements to end")

    def copy(self, home):
        shutil.copytree(self.data_dir, Path(home) / "data")
        return Postgres(home, self.cluster, template=self)


def plain(value):
    """UUIDs are their sixteen bytes, as in the other database."""
    if isinstance(value, memoryview):
        return bytes(value)
    return getattr(value, "bytes", value)


def dump(database):
    """All rows of all tables, in an order that depends on nothing but themselves."""
    with database.reader() as select:
        tables = {}
        for (table,) in sorted(select(database.TABLES)):
            columns = [name for (name,) in select(database.COLUMNS, (table,))]
            rows = select(f"SELECT {', '.join(columns)} FROM {table}")
            tables[table] = columns, sorted(rows, key=repr)
        return tables
