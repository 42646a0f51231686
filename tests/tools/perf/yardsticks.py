"""What the databases do by themselves, on the same machine with the same durability."""

import random
import re
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from statistics import quantiles

import psycopg

from perf.stand import Failed, Sample

CLIENTS = (1, 16, 64)
DIRECT_ROWS = 10_000
# A log of all transactions would slow down what it is about.
LOGGED = 0.1
# Less than that and it does not get up to speed.
LEAST_SECONDS = 3
# For a run that only has to work.
FEW_TRANSACTIONS = 50

TABLES = """
CREATE TABLE yard (entity UUID, id TEXT, a TEXT, b TEXT, c TEXT, n INTEGER, j JSON, PRIMARY KEY (entity, id))
    WITH (fillfactor = 85);
CREATE TABLE audit (at TIMESTAMPTZ, entity UUID, id TEXT, what TEXT);
INSERT INTO yard SELECT '00000000-0000-0000-0000-000000000001', 'card' || i, repeat('x', 200), repeat('y', 200),
    repeat('z', 200), 0, '{}' FROM generate_series(1, %s) i;
"""
KEY = "entity = '00000000-0000-0000-0000-000000000001' AND id = 'card' || :i"
DRAW = "\\set i random(1, {rows})\n"
CHANGE = f"UPDATE yard SET a = '{'q' * 200}', n = n + 1 WHERE {KEY}"
SCRIPTS = {
    "UPDATE": f"{DRAW}{CHANGE};\n",
    "transaction": (
        f"{DRAW}BEGIN;\nSELECT * FROM yard WHERE {KEY} FOR UPDATE;\n{CHANGE};\n"
        "INSERT INTO audit VALUES (now(), '00000000-0000-0000-0000-000000000001', 'card' || :i, 'changed');\nCOMMIT;\n"
    ),
    "SELECT": f"{DRAW}SELECT * FROM yard WHERE {KEY};\n",
}


class Pgbench:
    """Scripts over a table whose rows have the size of a card's."""

    def __init__(self, bindir, home, url, rows):
        self.program = Path(bindir) / "pgbench"
        self.home = Path(home)
        self.url = url
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in (TABLES % rows).split(";\n"):
                connection.execute(statement)
            connection.execute("VACUUM ANALYZE yard")
        for name, script in SCRIPTS.items():
            (self.home / f"{name}.sql").write_text(script.format(rows=rows))

    def run(self, name, clients, seconds):
        command = [self.program, "-n", "-M", "prepared", "-j2", f"-c{clients}", length(seconds)]
        log = ["-l", "--log-prefix=latency", f"--sampling-rate={LOGGED}"]
        done = subprocess.run(
            [*command, *log, "-f", f"{name}.sql", self.url], cwd=self.home, capture_output=True, text=True
        )
        rate = re.search(r"tps = ([\d.]+)", done.stdout)
        if done.returncode != 0 or not rate:
            raise Failed(f"pgbench {name}: {(done.stderr + done.stdout).strip()[-500:]}")
        latencies = []
        for part in self.home.glob("latency.*"):
            latencies += [int(line.split()[2]) / 1000 for line in part.read_text().splitlines()]
            part.unlink()
        return Sample(float(rate[1]), *percentiles(latencies))


def length(seconds):
    """What pgbench is told of how long to go on. Its clock runs while its clients sign in, which may take a second."""
    return f"-t{FEW_TRANSACTIONS}" if is_too_short(seconds) else f"-T{max(LEAST_SECONDS, round(seconds))}"


def is_too_short(seconds):
    return seconds < 1


def percentiles(latencies):
    cuts = quantiles(latencies, n=100) if len(latencies) > 1 else [0.0] * 99
    return cuts[49], cuts[98]


def timed(count, work):
    start = time.perf_counter()
    work()
    return Sample(count / (time.perf_counter() - start))


class Copy:
    """COPY of the rows that the cards of a stand have."""

    def __init__(self, stand, rows):
        self.url = stand.url
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE copied (LIKE card INCLUDING ALL)")
            with connection.cursor().copy(f"COPY (SELECT * FROM card LIMIT {rows}) TO STDOUT") as copy:
                self.pieces = [bytes(piece) for piece in copy]
            self.rows = connection.execute(f"SELECT least(count(*), {rows}) FROM card").fetchone()[0]

    def run(self):
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("TRUNCATE copied")

            def work():
                with connection.cursor().copy("COPY copied FROM STDIN") as copy:
                    for start in range(0, len(self.pieces), 256):
                        copy.write(b"".join(self.pieces[start : start + 256]))

            return timed(self.rows, work)


def gunzip(file, lines):
    with open("/dev/null", "wb") as nowhere:
        return timed(lines, lambda: subprocess.run(["gzip", "-dc", file], stdout=nowhere, check=True))


def copy_of(file, copy):
    """A file of SQLite's as it is now, although somebody writes into it."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


# The load changes cards that tell of their accounts, so these are found without them.
TELLING = "FROM card WHERE account_id IS NOT NULL"
FIND = "SELECT *, event_seq FROM {p}card WHERE bucket = %s AND id = %s AND entity = %s"
CHANGE_CARD = (
    "UPDATE {p}card SET holder = %s, failures = %s, updated_at = %s, event_seq = %s, event_head = %s{more} "
    "WHERE bucket = %s AND entity = %s AND id = %s"
)
ADD_EVENT = (
    "INSERT INTO {p}event (bucket, entity, account_key, seq, kind, card_id, at, client, track, body, previous, hash) "
)
HEAD, HOLDER, BODY = b"h" * 32, '{"addressLine1":"1 Main Street","city":"Portland"}', "b" * 200


class Direct:
    """The statements of one write, sent by one client that knows what it wants: no HTTP, no queue."""

    def run(self, seconds):
        latencies, until = [], time.perf_counter() + seconds
        while not latencies or time.perf_counter() < until:
            row = random.choice(self.rows)
            start = time.perf_counter()
            self.write(*row)
            latencies.append((time.perf_counter() - start) * 1000)
        return Sample(len(latencies) / seconds, *percentiles(latencies))


class DirectPostgres(Direct):
    """Two statements, as Cardfile sends: one finds, one writes. On copies of the tables."""

    def __init__(self, stand):
        self.connection = psycopg.connect(stand.url, autocommit=True)
        for table in ("card", "event"):
            self.connection.execute(f"CREATE TABLE direct_{table} (LIKE {table} INCLUDING ALL)")
        self.connection.execute(f"INSERT INTO direct_card SELECT * {TELLING} LIMIT {DIRECT_ROWS}")
        self.rows = self.connection.execute("SELECT bucket, entity, account_key, id FROM direct_card").fetchall()
        self.writing = (
            f"WITH changed AS ({CHANGE_CARD} RETURNING *) {ADD_EVENT}"
            "SELECT bucket, entity, account_key, event_seq, 'direct', id, %s, %s, NULL, %s, %s, %s FROM changed"
        ).format(p="direct_", more="")

    def write(self, bucket, entity, account, card):
        now = time.time_ns() // 1000
        found = self.connection.execute(FIND.format(p="direct_"), (bucket, card, entity), prepare=True).fetchone()
        changed = [HOLDER, now % 100, now, found[-1] + 1, HEAD, bucket, entity, card]
        self.connection.execute(self.writing, [*changed, now, card, BODY, HEAD, HEAD], prepare=True)

    def close(self):
        self.connection.close()


class DirectSqlite(Direct):
    """One transaction on a copy of the file, as durable as Cardfile's."""

    def __init__(self, stand):
        copy = copy_of(stand.file, stand.home / "direct.sqlite")
        self.connection = sqlite3.connect(copy, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.rows = self.ask(f"SELECT bucket, entity, account_key, id {TELLING} LIMIT {DIRECT_ROWS}").fetchall()

    def ask(self, sql, parameters=()):
        sql = sql.format(p="", more=", event_row = last_insert_rowid()")
        return self.connection.execute(sql.replace("%s", "?"), parameters)

    def write(self, bucket, entity, account, card):
        now = time.time_ns() // 1000
        self.ask("BEGIN IMMEDIATE")
        seq = self.ask(FIND, (bucket, card, entity)).fetchone()[-1] + 1
        self.ask(
            ADD_EVENT + "VALUES (%s, %s, %s, %s, 'direct', %s, %s, %s, NULL, %s, %s, %s)",
            (bucket, entity, account, seq, card, now, card, BODY, HEAD, HEAD),
        )
        self.ask(CHANGE_CARD, (HOLDER, now % 100, now, seq, HEAD, bucket, entity, card))
        self.ask("COMMIT")

    def close(self):
        self.connection.close()
