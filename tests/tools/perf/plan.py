"""What is measured beside what: groups of runs that take turns, round after round."""

import time
from contextlib import closing, suppress
from typing import NamedTuple
from urllib.request import Request, urlopen

from proofs.api import Api

from perf import beside
from perf.figures import Line, Series, best
from perf.proc import forget_peak, memory
from perf.stand import Bare, Failed, Stand, changes, into_memory, new_cards, sample
from perf.yardsticks import CLIENTS, Copy, DirectPostgres, DirectSqlite, Pgbench, copy_of, gunzip

CONNECTIONS = (1, 4, 16, 64, 256)
MANY = 64
MOST = 1000
# PostgreSQL logs all of a page that changes first after a checkpoint: so there are changes before what is measured.
USED_A_SECOND = 100_000
NAMES = {"pg": "PostgreSQL", "sq": "SQLite"}


class Size(NamedTuple):
    """How much is done."""

    rounds: int
    seconds: float
    cards: int
    lines: int
    growth: tuple
    imports: tuple
    account: int


class Bench:
    """Everything that is measured in one run: lines of the table, and points of the charts."""

    def __init__(self, programs, home, cluster, size, say):
        self.programs, self.home, self.cluster, self.size, self.say = programs, home, cluster, size, say
        self.lines = []
        self.points = {}
        self.seeds = iter(range(1, 10**9))

    def line(self, name, unit, values, yardstick=None):
        self.lines.append(line := Line(Series(name, values), unit, yardstick))
        self.say(f"   {line}")

    def take_turns(self, title, runs):
        """Runs each in turn, as many times as there are rounds; returns {name: samples}."""
        self.say(f"\n{title}")
        samples = {name: [] for name in runs}
        for _ in range(self.size.rounds):
            for name, run in runs.items():
                samples[name].append(taken := run())
                if not taken.rate > 0:
                    raise Failed(f"{name}: nothing was done")
        return samples

    def stand(self, name, kind, cards=0):
        self.say(f"   {NAMES[kind]} with {cards or 'no'} cards ...")
        stand = Stand(self.programs, self.home, name, self.cluster if kind == "pg" else None)
        return stand.seed(cards) if cards else stand

    def load(self, stand, mode="put", connections=MANY):
        def run():
            stand.warm()
            return stand.load(mode, connections, self.size.seconds, next(self.seeds))

        return run

    def used(self, stand):
        """The load on cards of which many were changed a moment ago."""

        def run():
            stand.warm()
            stand.load("put", MANY, stand.cards / USED_A_SECOND, next(self.seeds))
            return self.load(stand)()

        return run

    def run(self, bindir):
        self.say("seeding")
        self.stands = {kind: self.stand(f"main_{kind}", kind, self.size.cards) for kind in NAMES}
        yard = Pgbench(bindir, self.home, self.cluster.new_database(), self.size.cards)
        bare = Bare(self.programs, self.home, self.stands["sq"].ids, a_card(self.stands["sq"]))
        try:
            self.writes_on_postgres(yard, bare)
            self.writes_on_sqlite(bare)
            self.reads(yard, bare)
            self.alone()
            self.concurrency()
        finally:
            bare.close()
        for kind, name in NAMES.items():
            beside.a_large_account(self, self.stands[kind], name)
        self.memory_and_start()
        for stand in self.stands.values():
            stand.server.stop()
        self.bulk()
        self.growth()
        self.line("binary", "MiB", [self.programs.cardfile.stat().st_size / 2**20])

    def writes_on_postgres(self, yard, bare):
        stand = self.stands["pg"]
        runs = {"put": self.load(stand), "one": self.load(stand, "put-one-account"), "bare": self.load(bare)}
        for script in ("UPDATE", "transaction"):
            for clients in CLIENTS:
                runs[script, clients] = pgbench(yard, script, clients, self.size.seconds)
        found = self.take_turns("PUT on PostgreSQL, 64 connections", runs)
        put = rates(found["put"])
        for script in ("UPDATE", "transaction"):
            self.line("PUT PostgreSQL 64", "/s", put, at_its_best(found, script))
        self.line("PUT PostgreSQL 64", "/s", put, Series("a bare handler", rates(found["bare"])))
        self.latency("PUT PostgreSQL 64 p99", found["put"], "pgbench UPDATE at 64 clients, p99", found["UPDATE", MANY])
        spread_out = Series("the same spread over all accounts", put)
        self.line("PUT PostgreSQL 64 on one account", "/s", rates(found["one"]), spread_out)
        self.processor("PUT PostgreSQL 64", found["put"])

    def writes_on_sqlite(self, bare):
        stand = self.stands["sq"]
        runs = {"put": self.load(stand), "rows": self.rows, "bare": self.load(bare)}
        found = self.take_turns(
            "PUT on SQLite, 64 connections", {**runs, "one": self.load(stand, "put-one-account")}
        )
        put = rates(found["put"])
        self.line("PUT SQLite 64", "/s", put, Series("one-row transactions of one thread", rates(found["rows"])))
        self.line("PUT SQLite 64", "/s", put, Series("a bare handler", rates(found["bare"])))
        self.line("PUT SQLite 64 p99", "ms", [sample.p99 for sample in found["put"]])
        spread_out = Series("the same spread over all accounts", put)
        self.line("PUT SQLite 64 on one account", "/s", rates(found["one"]), spread_out)
        self.processor("PUT SQLite 64", found["put"])

    def rows(self):
        file = self.home / "rows.sqlite"
        into_memory([file])
        where = ["--file", file, "--rows", self.size.cards]
        seconds = ["--seconds", self.size.seconds, "--seed", next(self.seeds)]
        return sample(self.programs.report("sqlite-rows", *where, *seconds)[0])

    def reads(self, yard, bare):
        runs = {clients: pgbench(yard, "SELECT", clients, self.size.seconds) for clients in CLIENTS}
        selects = {("SELECT", clients): run for clients, run in runs.items()}
        gets = {kind: self.load(stand, "get") for kind, stand in self.stands.items()}
        found = self.take_turns(
            "GET, 64 connections", {"pg": gets["pg"], **selects, "bare": self.load(bare, "get"), "sq": gets["sq"]}
        )
        self.line("GET PostgreSQL 64", "/s", rates(found["pg"]), at_its_best(found, "SELECT"))
        bare_get = Series("a bare handler's GET", rates(found["bare"]))
        for kind, name in NAMES.items():
            self.line(f"GET {name} 64", "/s", rates(found[kind]), bare_get)
            self.processor(f"GET {name} 64", found[kind])

    def alone(self):
        """One connection, against the same write without us."""
        direct = {"pg": DirectPostgres(self.stands["pg"]), "sq": DirectSqlite(self.stands["sq"])}
        with closing(direct["pg"]), closing(direct["sq"]), closing(self.plain_service()) as plain:
            runs = {"plain": self.load(plain, connections=1)}
            for kind, stand in self.stands.items():
                runs[kind] = self.load(stand, connections=1)
                runs[f"{kind} direct"] = lambda kind=kind: direct[kind].run(self.size.seconds)
            found = self.take_turns("PUT, 1 connection", runs)
        for kind, name in NAMES.items():
            self.latency(f"PUT {name} 1 p50", found[kind], "the same write done directly, p50", found[f"{kind} direct"])
        self.latency("PUT SQLite 1 p50", found["sq"], "the same write by a bare handler, p50", found["plain"])

    def plain_service(self):
        """A handler that does the same write directly."""
        stand = self.stands["sq"]
        return Bare(self.programs, self.home, stand.ids, a_card(stand), copy_of(stand.file, self.home / "plain.sqlite"))

    def concurrency(self):
        runs = {
            (kind, count): self.load(stand, connections=count)
            for kind, stand in self.stands.items()
            for count in CONNECTIONS
        }
        found = self.take_turns("PUT over concurrency", runs)
        for (kind, count), samples in found.items():
            self.line(f"PUT {NAMES[kind]} {count}", "/s", rates(samples))
            self.points.setdefault(("throughput", NAMES[kind]), []).append((count, rates(samples)))
            for part in ("p50", "p99"):
                values = [getattr(sample, part) for sample in samples]
                self.points.setdefault(("latency", f"{NAMES[kind]} {part}"), []).append((count, values))

    def memory_and_start(self):
        """Each on a server that was just started on the database that is there."""
        self.say("\nmemory and cold start")
        for kind, stand in self.stands.items():
            held = {"idle": [], MANY: [], MOST: []}
            starts = []
            for _ in range(self.size.rounds):
                stand.server.stop()
                start = time.perf_counter()
                stand.server.start()
                urlopen(f"http://{stand.host}/health/live").close()
                starts.append((time.perf_counter() - start) * 1000)
                pid = stand.server.process.pid
                held["idle"].append(memory(pid))
                for connections in (MANY, MOST):
                    stand.load("put", connections, self.size.seconds, next(self.seeds))
                    held[connections].append(memory(pid, "VmHWM"))
            self.line(f"cold start {NAMES[kind]}", "ms", starts)
            for when, values in held.items():
                self.line(f"memory {NAMES[kind]} {when}{'' if when == 'idle' else ' connections'}", "MiB", values)

    def bulk(self):
        lines, uploads = self.size.lines, iter(range(10**9))
        stands = {kind: self.stand(f"bulk_{kind}", kind) for kind in NAMES}
        files = {kind: (self.home / f"{kind}.new.gz", self.home / f"{kind}.ids") for kind in NAMES}

        def create(kind):
            file, ids = files[kind]
            new_cards(file, lines, f"bulk-{next(uploads)}")
            return stands[kind].upload(file, ids)

        def change(kind):
            changes(self.home / "changes.gz", files[kind][1], next(uploads))
            return stands[kind].upload(self.home / "changes.gz")

        create("pg")
        copy = Copy(stands["pg"], lines)
        runs = {"pg": lambda: create("pg"), "copy": copy.run, "pg again": lambda: change("pg")}
        runs |= {"sq": lambda: create("sq"), "sq again": lambda: change("sq")}
        found = self.take_turns("bulk", {**runs, "gzip": lambda: gunzip(files["pg"][0], lines)})
        gzip, copied = Series("gzip -d", rates(found["gzip"])), Series("COPY of the same rows", rates(found["copy"]))
        created = Series("bulk create PostgreSQL", rates(found["pg"]))
        self.line("bulk create PostgreSQL", "/s", created.values, copied)
        self.line("bulk create PostgreSQL", "/s", created.values, gzip)
        self.line("bulk create SQLite", "/s", rates(found["sq"]), created)
        for kind, name in NAMES.items():
            made = Series("bulk create", rates(found[kind]))
            self.line(f"bulk change {name}", "/s", rates(found[f"{kind} again"]), made)
            self.processor(f"bulk create {name}", found[kind])
            stands[kind].ids = files[kind][1]
            beside.an_import(self, stands[kind], name)
            stands[kind].server.stop()
            self.import_memory(stands[kind], kind)

    def import_memory(self, stand, kind):
        for count in self.size.imports:
            stand.server.start()
            new_cards(self.home / "import.gz", count, f"import-{count}")
            forget_peak(stand.server.process.pid)
            stand.upload(self.home / "import.gz")
            held = [memory(stand.server.process.pid, "VmHWM")]
            self.line(f"memory {NAMES[kind]} while {count:,} lines come in".replace(",", " "), "MiB", held)
            self.points.setdefault(("memory", NAMES[kind]), []).append((count, held))
            stand.server.stop()

    def growth(self):
        """All sizes take turns, so that none is measured at a better hour."""
        for kind, sizes in zip(NAMES, self.size.growth):
            self.say(f"\nPUT over the number of cards, {NAMES[kind]}")
            stands = {count: self.stand(f"grown_{kind}_{count}", kind, count) for count in sizes}
            found = self.take_turns("   taking turns", {count: self.used(stand) for count, stand in stands.items()})
            first = Series(f"with {min(sizes):,}".replace(",", " "), rates(found[min(sizes)]))
            for count, samples in found.items():
                yardstick = first if count != min(sizes) else None
                name = f"PUT {NAMES[kind]} 64 with {count:,} cards".replace(",", " ")
                self.line(name, "/s", rates(samples), yardstick)
                self.points.setdefault(("cards", NAMES[kind]), []).append((count, rates(samples)))
            for stand in stands.values():
                stand.server.stop()

    def latency(self, name, samples, yardstick, others):
        part = name.rpartition(" ")[2]
        values = [[getattr(sample, part) for sample in each] for each in (samples, others)]
        self.line(name, "ms", values[0], Series(yardstick, values[1]))

    def processor(self, name, samples):
        parts = {"server_us": "of the server", "postgres_us": "of PostgreSQL", "load_us": "of the load generator"}
        for part, whose in parts.items():
            values = [getattr(sample, part) for sample in samples]
            if None not in values:
                self.line(f"{name}, processor time {whose}", "us a request", values)

    def discard(self):
        for stand in getattr(self, "stands", {}).values():
            with suppress(OSError):
                stand.server.discard()


def rates(samples):
    return [sample.rate for sample in samples]


def pgbench(yard, script, clients, seconds):
    return lambda: yard.run(script, clients, seconds)


def at_its_best(found, script):
    several = [
        Series(f"pgbench {script} at its best ({clients} clients)", rates(found[script, clients]))
        for clients in CLIENTS
    ]
    return best(several)._replace(name=best(several).name.replace("(1 clients)", "(1 client)"))


def a_card(stand):
    """What a GET of a card answers."""
    id = stand.ids.read_text().split()[0]
    answer = Api(stand.server.port, stand.server.credentials()).call("GET", f"/v1/payment-methods/{id}")
    if answer.status != 200:
        raise Failed(f"GET of a card: {answer.status}")
    return answer.body
