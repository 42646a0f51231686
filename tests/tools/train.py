"""Learns which code of the release build runs often, and writes it down for the compiler.

    train.py    builds the programs with counters, lets them work, and replaces crates/server/cardfile.profdata

It takes half an hour, most of it building. Needs an llvm-profdata that reads what the compiler's counters write:
`rustup component add llvm-tools`, or Debian's package llvm-19.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Before the rest: it makes the proofs' helpers known.
from perf.stand import ROOT, Bare, Failed, Programs, Stand, changes, new_cards

import bench
from proofs.databases import Cluster

from perf.plan import a_card

PROFILE = ROOT / "crates/server/cardfile.profdata"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "train"
COUNTERS = TARGET / "counters"
CARDS = 20_000
CONNECTIONS = 64
# What the servers do, and for how many seconds: each as often as its speed matters.
LOADS = (
    ("put", 64, 8),
    ("get", 64, 4),
    ("put", 4, 2),
    ("put", 1, 4),
    ("get", 1, 1),
    ("put-one-account", 64, 2),
)
YARDSTICK_SECONDS = 2
# Newest first. Older ones do not know the counters' format.
NEWEST, OLDEST = 30, 19


def build():
    # Without more room for them the counters of what is called through a table soon are full.
    flags = f"-Cprofile-generate={COUNTERS}\x1f-Cllvm-args=-vp-counters-per-site=8"
    flags = {"CARGO_ENCODED_RUSTFLAGS": flags, "CARGO_TARGET_DIR": str(TARGET)}
    command = ["cargo", "build", "--locked", "--release", "--bin", "cardfile", "--bin", "cardfile-bench"]
    if subprocess.run(command, cwd=ROOT, env={**os.environ, **flags}).returncode != 0:
        raise Failed("the programs could not be built")
    # What helps to build has counters as well, and has written them down.
    shutil.rmtree(COUNTERS, ignore_errors=True)
    return Programs(TARGET / "release/cardfile", TARGET / "release/cardfile-bench")


def work(programs, home, cluster):
    """Counters are written when a program ends, so each is ended as an operator ends it."""
    for name, database in (("postgresql", cluster), ("sqlite", None)):
        stand = Stand(programs, home, name, database).seed(CARDS)
        for mode, connections, seconds in LOADS:
            print(f"{name} {mode} {connections}: {stand.load(mode, connections, seconds).rate:.0f}/s", flush=True)
        new_cards(home / "new.gz", CARDS, f"{name}-new")
        changes(home / "changes.gz", stand.ids, mark=1)
        for file in ("new.gz", "changes.gz"):
            print(f"{name} {file}: {stand.upload(home / file).rate:.0f}/s", flush=True)
        card = a_card(stand)
        if stand.server.stop() != 0:
            raise Failed(f"the server on {name} did not end well")
    bare = Bare(programs, home, stand.ids, card)
    for mode in ("put", "get"):
        bare.load(mode, CONNECTIONS, YARDSTICK_SECONDS)
    bare.close()


def tools():
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], cwd=ROOT, capture_output=True, text=True, check=True)
    yield from map(str, Path(sysroot.stdout.strip()).glob("lib/rustlib/*/bin/llvm-profdata"))
    names = [f"llvm-profdata-{version}" for version in range(NEWEST, OLDEST - 1, -1)]
    yield from filter(None, map(shutil.which, [*names, "llvm-profdata"]))


def merge():
    files = sorted(COUNTERS.glob("*.profraw"))
    for tool in tools():
        made = subprocess.run([tool, "merge", "--sparse", "-o", PROFILE, *files], capture_output=True, text=True)
        if made.returncode == 0:
            return
    raise Failed(f"there is no llvm-profdata that reads the counters: {(__doc__ or '').split('Needs ')[1].strip()}")


def main():
    with tempfile.TemporaryDirectory(prefix="cardfile-train-") as home:
        programs, cluster = build(), Cluster()
        try:
            bench.settle(cluster)
            work(programs, Path(home), cluster)
        finally:
            cluster.remove()
        merge()
    print(f"{PROFILE.relative_to(ROOT)}: {PROFILE.stat().st_size} bytes")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"train: {failure}")
