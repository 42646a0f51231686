"""Measures Cardfile beside its yardsticks, and writes what it finds into docs/performance.

    bench.py            everything, in about 45 minutes
    bench.py --quick    the same table at small sizes, which shows that each step works; nothing is written

Figures of --quick mean nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Before the rest: it makes the proofs' helpers known.
from perf.stand import ROOT, Failed, Programs, machine

import psycopg
from pg.programs import find_bindir
from proofs.databases import Cluster

from perf import report
from perf.plan import Bench, Size

GROWTH = (10_000, 100_000, 1_000_000)
FULL = Size(rounds=3, seconds=10, cards=100_000, lines=200_000, growth=(GROWTH, GROWTH), imports=GROWTH, account=10_000)
QUICK_GROWTH = (1_000, 4_000)
QUICK = Size(3, seconds=0.4, cards=2_000, lines=2_000, growth=(QUICK_GROWTH,) * 2, imports=(1_000, 10_000), account=500)
LARGEST = 10_000_000
# As an operator of a database of this size would; all that has to do with durability stays as it is.
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
# And of the largest, on a machine with 24 GiB.
LARGEST_SETTINGS = {**SETTINGS, "shared_buffers": "16GB", "wal_compression": "lz4"}


def build():
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    if subprocess.run(["make", "build", "ALSO=--bin cardfile-bench"], cwd=ROOT).returncode != 0:
        raise Failed("the programs could not be built")
    return Programs(target / "cardfile", target / "cardfile-bench")


def settle(cluster, settings=SETTINGS):
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        for name, value in settings.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        durable = [connection.execute(f"SHOW {name}").fetchone()[0] for name in ("fsync", "synchronous_commit")]
    if durable != ["on", "on"]:
        raise Failed("PostgreSQL is not durable here")
    cluster.kill()
    cluster.start()


def chosen(arguments):
    size = QUICK if arguments.quick else FULL
    if arguments.ten_million:
        size = size._replace(growth=(tuple([*size.growth[0], LARGEST]), size.growth[1]))
    changed = {"rounds": arguments.rounds, "seconds": arguments.seconds}
    return size._replace(**{name: value for name, value in changed.items() if value})


def measure(arguments, say):
    size, programs, bindir = chosen(arguments), build(), find_bindir()
    if not (bindir / "pgbench").exists():
        say(f"Nothing can be measured: there is no pgbench beside PostgreSQL in {bindir}.")
        return None
    before, cluster = os.getloadavg(), Cluster()
    try:
        settle(cluster, LARGEST_SETTINGS if arguments.ten_million else SETTINGS)
        with tempfile.TemporaryDirectory(prefix="cardfile-bench-") as home:
            bench = Bench(programs, Path(home), cluster, size, say)
            try:
                bench.run(bindir)
            finally:
                bench.discard()
    finally:
        cluster.remove()
    measured = report.Measured(size.rounds, size.seconds, size.cards)
    return report.Run(bench.lines, bench.points, measured, machine(), before, os.getloadavg())


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--ten-million", action="store_true", help="also with 10 000 000 cards on PostgreSQL")
    arguments = parser.parse_args()
    start = time.monotonic()
    run = measure(arguments, lambda text: print(text, flush=True))
    if run:
        print(f"\n{report.table(run)}\n\n{report.surroundings(run)}")
        if not arguments.quick:
            report.write(run, ROOT / "docs/performance")
    print(f"{time.monotonic() - start:.0f} s in all")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
