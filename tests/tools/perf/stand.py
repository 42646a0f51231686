"""What is measured: servers with cards in them, and the generator that asks them."""

import gzip
import json
import os
import re
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL
from typing import NamedTuple

import psycopg
from pg.cluster import Cluster as Processes

from perf.proc import cpu_seconds

ROOT = Path(__file__).resolve().parents[3]
# The proofs start the real binary and a PostgreSQL as we need it.
sys.path.insert(0, str(ROOT / "tests/python"))

from proofs.server import Server, run  # noqa: E402

ONE_ACCOUNT_CARDS = 64
NUMBER = "4111111111111111"
ADDRESS = {"city": "Portland", "state": "OR", "country": "US", "zipCode": "97201", "phone": "+1 555 0100"}
MICROS = 1e6
PIECE = 1 << 20
PREWARM = (
    "SELECT sum(pg_prewarm(oid)) FROM pg_class "
    "WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace"
)
AN_HOUR = 3600


class Sample(NamedTuple):
    """One run. Latencies in milliseconds, processor time in microseconds a request."""

    rate: float
    p50: float = 0.0
    p99: float = 0.0
    server_us: float | None = None
    postgres_us: float | None = None
    load_us: float | None = None


class Failed(Exception):
    """A step did not work; nothing after it would mean anything."""


class Programs(NamedTuple):
    cardfile: Path
    bench: Path

    def report(self, *arguments):
        """Runs a command of the generator; returns its report and the processor time it took."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([self.bench, *map(str, arguments)], capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0:
            raise Failed(f"{arguments[0]} {arguments[1]}: {done.stderr.strip()}")
        took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return json.loads(done.stdout), took


    @contextmanager
    def beside(self, *arguments):
        """Runs a command of the generator that has more to do than there is time for, and ends it."""
        with subprocess.Popen([self.bench, *map(str, arguments)], stdout=DEVNULL, stderr=DEVNULL) as process:
            try:
                yield
                if process.poll() is not None:
                    raise Failed(f"{arguments[0]}: it ended too early")
            finally:
                process.kill()


class Stand:
    """A server on a database of its own, with cards."""

    def __init__(self, programs, home, name, cluster=None):
        self.programs = programs
        self.home = Path(home)
        self.name = name
        self.cluster = cluster
        self.cards = 0
        self.url = cluster.new_database() if cluster else None
        self.data_dir = self.home / name
        where = ["--database-url", self.url] if cluster else []
        if cluster:
            run("migrate", "--data-dir", self.data_dir, *where, binary=programs.cardfile)
        self.server = Server(self.data_dir, *where, binary=programs.cardfile)
        self.server.start()
        self.ids = self.home / f"{name}.ids"
        self.one_account = self.home / f"{name}.one"

    @property
    def host(self):
        return f"127.0.0.1:{self.server.port}"

    @property
    def file(self):
        return self.data_dir / "cardfile.sqlite"

    def seed(self, cards):
        self.cards = cards
        new_cards(self.home / "seed.gz", cards, self.name)
        self.upload(self.home / "seed.gz", self.ids)
        one = [{"accountKey": f"{self.name}-one", "externalKey": f"one-{n}"} for n in range(ONE_ACCOUNT_CARDS)]
        write_lines(self.home / "one.gz", (new_card(**names) for names in one))
        self.upload(self.home / "one.gz", self.one_account)
        self.settle()
        return self

    def settle(self):
        """What a database does by itself in time, as is done for the table of pgbench."""
        if self.cluster:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")

    def warm(self):
        """Brings the database into memory: machines take that of files from whoever rests for half a minute."""
        if self.cluster:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
                connection.execute(PREWARM)
        into_memory(self.data_dir.glob(f"{self.file.name}*"))

    def add_large_account(self, cards):
        """One account with so many cards; returns the file with their ids."""
        ids = self.home / f"{self.name}.large"
        account = {"accountKey": f"{self.name}-large"}
        write_lines(self.home / "large.gz", (new_card(**account, externalKey=f"large-{n}") for n in range(cards)))
        self.upload(self.home / "large.gz", ids)
        return ids

    def upload(self, file, ids=None):
        """Sends lines, and writes down the ids in their receipts."""
        receipts = self.home / f"{self.name}.receipts"
        with Meter(self) as meter:
            report, load = self.programs.report(
                *("upload", "--host", self.host, "--credentials", self.data_dir / "bootstrap.json"),
                *("--file", file, "--receipts", receipts),
            )
        if ids:
            ids.write_text("".join(f"{found}\n" for found in re.findall(r'"id":"(\w{32})"', receipts.read_text())))
        receipts.unlink()
        return meter.sample(report, load)

    def uploading(self, file):
        """Meanwhile somebody else sends lines as fast as they are taken."""
        return self.programs.beside(
            *("upload", "--host", self.host, "--credentials", self.data_dir / "bootstrap.json"),
            *("--file", file, "--receipts", os.devnull),
        )

    def writing(self, ids, connections):
        """Meanwhile others change these cards as fast as they are answered."""
        return self.programs.beside(
            *("load", "put", "--host", self.host, "--credentials", self.data_dir / "bootstrap.json", "--ids", ids),
            *("--connections", connections, "--seconds", AN_HOUR),
        )

    def load(self, mode, connections, seconds, seed=1):
        ids = self.one_account if mode == "put-one-account" else self.ids
        with Meter(self) as meter:
            report, load = self.programs.report(
                *("load", mode, "--host", self.host, "--credentials", self.data_dir / "bootstrap.json", "--ids", ids),
                *("--connections", connections, "--seconds", seconds, "--seed", seed),
            )
        return meter.sample(report, load)

    def processes(self):
        return Processes(self.cluster.directory).processes() if self.cluster else []


def into_memory(files):
    for file in filter(Path.exists, files):
        with file.open("rb") as pages:
            while pages.read(PIECE):
                pass


class Meter:
    """Reads the processor time of a stand's processes before and after."""

    def __init__(self, stand):
        self.stand = stand

    def read(self):
        return cpu_seconds([self.stand.server.process.pid]), cpu_seconds(self.stand.processes())

    def __enter__(self):
        self.before = self.read()
        return self

    def __exit__(self, *_):
        self.after = self.read()

    def sample(self, report, load):
        requests = report["requests"]
        server, postgres = (
            None if was is None else (now - was) * MICROS / requests for was, now in zip(self.before, self.after)
        )
        postgres = postgres if self.stand.cluster else None
        return sample(report)._replace(server_us=server, postgres_us=postgres, load_us=load * MICROS / requests)


def sample(report):
    return Sample(report["rate"], report.get("p50_us", 0) / 1000, report.get("p99_us", 0) / 1000)


class Bare:
    """The handler that does nothing, with the answer of a real GET; or nothing but write into a file."""

    def __init__(self, programs, home, ids, card, file=None):
        self.programs = programs
        self.ids = ids
        answer = Path(home) / "card.json"
        answer.write_bytes(card)
        command = [programs.bench, "bare", "--card", answer, *(["--file", file] if file else [])]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        self.host = self.process.stdout.readline().strip().rpartition("/")[2]

    def warm(self):
        """There is nothing that could be cold."""

    def load(self, mode, connections, seconds, seed=1):
        report, _ = self.programs.report(
            *("load", mode, "--host", self.host, "--ids", self.ids),
            *("--connections", connections, "--seconds", seconds, "--seed", seed),
        )
        return sample(report)

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def new_card(**names):
    holder = {"cardHolderName": "Leo", "addressLine1": "1 Main Street", "email": "leo@example.com", **ADDRESS}
    number = {"creditCardType": "Visa", "creditCardNumber": NUMBER, "expirationMonth": 8, "expirationYear": 2099}
    return {**names, **number, "skipValidation": True, "cardHolderInfo": holder}


def new_cards(file, count, prefix):
    """An upload of new cards, each with an account of its own."""
    write_lines(file, (new_card(accountKey=f"{prefix}-{n}") for n in range(count)))


def changes(file, ids, mark):
    """An upload that changes each card, as the PUT of the load does."""
    fields = {"email": "leo@example.com", **ADDRESS, "numConsecutiveFailures": mark % 90 + 10}
    lines = ({"id": found, "addressLine1": f"{mark} Main Street", **fields} for found in ids.read_text().split())
    write_lines(file, lines)


def write_lines(file, lines):
    with gzip.open(file, "wt", compresslevel=6) as out:
        out.writelines(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines)


def machine():
    """What was measured on, as far as the system tells."""
    cpu = "unknown processor"
    if (info := Path("/proc/cpuinfo")).exists():
        found = re.search(r"model name\s*: (.+)", info.read_text())
        cpu = found[1] if found else cpu
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu}, {os.cpu_count()} cores, {gibibytes:.0f} GiB, {os.uname().sysname} {os.uname().release.split('-')[0]}"
