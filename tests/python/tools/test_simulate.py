"""The model of cost, recomputed by hand for one row, and the table in the documentation."""

import importlib.util
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "tests/tools/simulate.py"


@pytest.fixture(scope="module")
def simulate():
    spec = importlib.util.spec_from_file_location("simulate", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    # Where dataclasses look their module up.
    sys.modules["simulate"] = module
    spec.loader.exec_module(module)
    return module


def test_a_million_cards_recomputed_by_hand(simulate):
    row = simulate.simulate(1_000_000, simulate.Assumptions())
    # A million cards of 850 bytes, and 769 231 accounts of 354 bytes.
    own = 850_000_000 + 769_230.77 * 354
    # Fourteen events a card and year of 339 bytes, for two years.
    events = 28_000_000 * 339
    assert row.data_gigabytes == pytest.approx((own + events) / 1e9, rel=1e-6)
    assert row.events_share == pytest.approx(9.492 / (9.492 + 1.122308), rel=1e-5)
    # Fourteen million writes in 31 536 000 seconds, tenfold at the peak; 876 bytes of log each.
    assert row.writes_per_second == pytest.approx(4.439371, rel=1e-6)
    assert row.log_megabytes_per_second == pytest.approx(4.439371 * 876e-6, rel=1e-6)
    # 182 entries of 45 bytes fit a page: two levels lead to 33 000 cards, three to six million.
    assert row.tree_levels == 3
    # A write every quarter of a second meets no other in a commit of a millisecond and a half.
    assert (row.batch, row.machines, row.reason, row.connections) == (1, 1, "", 2)


def test_a_batch_settles_where_as_many_arrive_as_are_taken(simulate):
    a = simulate.Assumptions()
    for writes in (3_000, 10_000, 30_000):
        batch = simulate.batch_size(writes, a)
        seconds = a.commit_millis / 1e3 + batch * a.database_micros / 1e6
        assert batch == pytest.approx(writes / a.lanes * seconds)
    assert simulate.batch_size(1e9, a) == 256


def test_buckets_are_counted_as_chance_would_have_them(simulate):
    assert simulate.buckets_in(1) == pytest.approx(1)
    assert simulate.buckets_in(2) == pytest.approx(2 - 1 / 4096)
    assert simulate.buckets_in(10**6) == pytest.approx(4096)


def test_what_is_short_decides_how_many_machines_there_are(simulate):
    a = simulate.Assumptions()
    for shortage, reason in [
        ({"disk_gigabytes": 100}, "disk"),
        ({"memory_gigabytes": 2}, "memory"),
        ({"cores": 1, "peak": 100}, "cores"),
    ]:
        row = simulate.simulate(10**8, replace(a, **shortage))
        assert row.reason == reason and row.machines > 1
    assert row.connections == math.ceil(row.writes_per_second * 4 * 0.002)


def test_the_documentation_has_the_table_that_is_printed(simulate):
    said = subprocess.run([sys.executable, PROGRAM], capture_output=True, text=True, check=True).stdout
    table = simulate.table(simulate.Assumptions())
    assert said.startswith(table)
    assert table in (ROOT / "docs/scale.md").read_text()
    changed = [sys.executable, PROGRAM, "--years-kept", "10"]
    assert "years kept: 10" in subprocess.run(changed, capture_output=True, text=True, check=True).stdout
