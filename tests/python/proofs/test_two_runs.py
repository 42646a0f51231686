"""The security code is nowhere: the same requests, sent twice with other codes, leave the same bytes behind.

The server runs in a world without chance: `tests/secrets/fixed_world.rs` hands it a clock that stands still and ids
that are counted. Both runs begin with copies of one data directory, so their keys are the same.

What still differs by nature is masked, and none of it can have come from a code:
- sealed card numbers, and sealed notes of what waits for a gateway, which begin with 96 random bits. They are compared
  by length, and the vault that makes them is handed entity, card id and number, or a note without a code;
- what a stopwatch or the system measured: durations, memory, open files, the time at which a log line was written and
  the HTTP header Date;
- the port, which the system chose, and the path of the data directory;
- the salts and checksums in SQLite's log of writes: they are computed from chance and from pages that are compared.
"""

import os
import re
import sqlite3
import subprocess
from contextlib import ExitStack, closing

import pytest

from proofs.api import Api
from proofs.databases import Postgres, Sqlite, dump
from proofs.digits import Codes
from proofs.later import refused_later
from proofs.misplaced import misplace_codes
from proofs.server import ROOT
from proofs.workload import Workload

# The middle of the year 2030, as in the fixed world.
THIS_YEAR = 2030
# American Express has codes of four digits and allows three: so the runs differ in the lengths of codes too.
ONE, OTHER = {"first": 111, "amex_digits": 4}, {"first": 611, "amex_digits": 3}

MEASURED_IN_LOGS = re.compile(r'"(timestamp|micros|elapsed|elapsed_secs)":("[^"]*"|[^,}]*)')
MEASURED_FIGURES = re.compile(
    r"^(process_\w+|\w+_seconds|\w+_seconds_(?:sum|bucket)\{.*\}|cardfile_connections) .*$", re.M
)
FRAME_HEADER_BYTES, LOG_HEADER_BYTES = 24, 32
SHOWN_CHARS = 500


@pytest.fixture(scope="session")
def world():
    command = ["cargo", "build", "--locked", "--quiet", "--package", "cardfile-server", "--example", "fixed-world"]
    subprocess.run(command, cwd=ROOT, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    return f"{target}/debug/examples/fixed-world"


@pytest.fixture(params=["sqlite", "postgres"])
def first_start(request, world, tmp_path_factory):
    """A database with an entity and a client, and nothing else."""
    home = tmp_path_factory.mktemp("first")
    is_file = request.param == "sqlite"
    database = Sqlite(home) if is_file else Postgres(home, request.getfixturevalue("cluster"))
    server = database.server(binary=world).start()
    assert server.stop() == 0
    return database


class Run:
    """One run, and what it left behind, by kind."""

    def __init__(self, database, world, codes, leak=None):
        self.database = database
        self.sealed = set()
        server = database.server(binary=world, log="trace")
        heard = []
        with ExitStack() as stack:
            stack.callback(server.discard)
            stack.enter_context(leaking(leak))
            server.start()
            stack.enter_context(closing(self.pin()))
            self.look = stack.enter_context(database.reader())
            api = Api(server.port, server.credentials(), heard)
            self.workload = Workload(api, Codes(**codes), THIS_YEAR, after=self.note_sealed)
            self.workload.run()
            refused_later(self.workload)
            misplace_codes(self.workload)
            figures = api.call("GET", "/metrics").body.decode()
            heard.pop()
            api.close()
            assert server.stop() == 0, server.said()
            self.left = {
                "answers": [(answer.status, timeless(answer.headers), answer.body) for answer in heard],
                # Lines may change places: these have no order, and those are written by several threads.
                "figures": sorted(MEASURED_FIGURES.sub(r"\1", figures).splitlines()),
                "log": sorted(self.placeless(MEASURED_IN_LOGS.sub(r'"\1":', server.stderr.read_text())).splitlines()),
                "printed": self.placeless(server.stdout.read_text()).splitlines(),
                **{f"table {name}": self.rows(*table) for name, table in dump(database).items()},
            }
            if isinstance(database, Sqlite):
                self.left["log of writes"] = self.pages()
                self.look = None
        self.files(database.data_dir)

    def pin(self):
        """Keeps SQLite from copying its log of writes into the file and beginning it anew, so that all of it stays."""
        if not isinstance(self.database, Sqlite):
            return ExitStack()
        connection = sqlite3.connect(self.database.file, isolation_level=None)
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM card").fetchone()
        return connection

    def note_sealed(self):
        for query in ("SELECT sealed FROM card WHERE sealed IS NOT NULL", "SELECT note FROM question"):
            self.sealed.update(bytes for (bytes,) in self.look(query))

    def rows(self, columns, rows):
        sealed = {at for at, name in enumerate(columns) if name in ("sealed", "note")}
        rows = [[len(value) if at in sealed and value else value for at, value in enumerate(row)] for row in rows]
        return [columns, *sorted(rows, key=repr)]

    def placeless(self, text):
        text = text.replace(str(self.database.data_dir), "DIR").replace(getattr(self.database, "url", "URL"), "URL")
        return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)

    def unsealed(self, page):
        for sealed in self.sealed:
            page = page.replace(sealed, bytes(len(sealed)))
        return page

    def pages(self):
        """Every page that was written, in order, with its number and the size that it gave the database."""
        log = self.database.file.with_name(f"{self.database.file.name}-wal").read_bytes()
        page_bytes = int.from_bytes(log[8:12])
        step = FRAME_HEADER_BYTES + page_bytes
        frames = [log[at : at + step] for at in range(LOG_HEADER_BYTES, len(log), step)]
        return [(frame[:8], self.unsealed(frame[FRAME_HEADER_BYTES:])) for frame in frames]

    def files(self, directory):
        """All that is there after the last connection was closed, which copied the log into the database."""
        for path in directory.iterdir():
            self.left[f"file {path.name}"] = [self.unsealed(path.read_bytes())]


def leaking(leak):
    """The environment is the server's only way to learn of the leak; it is put back afterwards."""
    patch = pytest.MonkeyPatch()
    if leak:
        patch.setenv("FIXED_WORLD_LEAK", leak)
    stack = ExitStack()
    stack.callback(patch.undo)
    return stack


def timeless(headers):
    return [(name, value) for name, value in headers if name.lower() != "date"]


def two_runs(first_start, world, home, leak=None):
    homes = home / "one", home / "other"
    for path in homes:
        path.mkdir()
    one, other = (
        Run(first_start.copy(path), world, codes, leak) for path, codes in zip(homes, (ONE, OTHER), strict=True)
    )
    assert not one.workload.codes.used & other.workload.codes.used, "the runs must differ in every code"
    assert one.workload.steps == other.workload.steps and one.left.keys() == other.left.keys()
    return one, {kind for kind in one.left if one.left[kind] != other.left[kind]}, other


def test_other_codes_leave_the_same_bytes_behind(first_start, world, tmp_path):
    one, differing, other = two_runs(first_start, world, tmp_path)
    for kind in sorted(differing):
        here, there = next(pair for pair in zip(one.left[kind], other.left[kind]) if pair[0] != pair[1])
        print(f"{kind}: {str(here)[:SHOWN_CHARS]}\n{kind}: {str(there)[:SHOWN_CHARS]}")
    assert not differing
    for kind, least in [("answers", 200), ("log", 200), ("table card", 15), ("table event", 30), ("table receipt", 60)]:
        assert len(one.left[kind]) > least, f"there is too little in {kind} to prove anything"
    print(f"{first_start.name}: {', '.join(f'{kind} {len(left)}' for kind, left in one.left.items())}")


@pytest.mark.parametrize("first_start", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("leak", "where"),
    [
        ("log", {"log"}),
        ("metric", {"figures"}),
        ("id", {"answers", "log", "log of writes", "table card", "table event", "file cardfile.sqlite"}),
        ("time", {"log of writes", "table card", "table event", "table receipt", "file cardfile.sqlite"}),
    ],
)
def test_a_leak_is_seen(leak, where, first_start, world, tmp_path):
    _, differing, _ = two_runs(first_start, world, tmp_path, leak)
    assert differing >= where, differing
