#!/usr/bin/env python3
"""A model of what Cardfile costs, from ten thousand cards to a thousand million.

    simulate.py [--NAME VALUE ...]     prints the table of docs/scale.md; each assumption can be another one

The sizes were measured: 4000 cards with address, contact and a custom field, each changed once, on PostgreSQL 15 after
VACUUM FULL with the fill factors of the migrations; tables and indexes together, divided by the rows. The times are
what a machine takes for one write while others wait beside it; take them from `make bench` on yours.
"""

import argparse
import math
from dataclasses import dataclass, fields

PAGE_BYTES = 8192
YEAR_SECONDS = 365 * 24 * 3600
BUCKETS = 4096
SIZES = [10**power for power in range(4, 10)]


@dataclass(frozen=True)
class Assumptions:
    """What the model takes for granted."""

    cards_per_account: float = 1.3
    # Twelve payments that set the counter, and two changes of what is on the card.
    writes_per_card_and_year: float = 14
    years_kept: float = 2
    # How much busier the busiest hour is than the mean of the year.
    peak: float = 10
    reads_per_write: float = 2

    card_bytes: float = 850
    account_bytes: float = 354
    event_bytes: float = 339
    log_bytes_per_write: float = 876
    index_entry_bytes: float = 45

    # One commit on its way to the disk and back, whatever is in it.
    commit_millis: float = 1.5
    database_micros: float = 40
    server_micros: float = 40
    read_micros: float = 25
    # What the machine that is asked does for a statement that another one answers, and how long that takes. A write
    # is two statements between the begin and the end of a transaction.
    routing_micros: float = 150
    statement_millis: float = 2
    statements_per_write: float = 4
    lanes: float = 2

    cores: float = 16
    busy_at_most: float = 0.5
    memory_gigabytes: float = 64
    disk_gigabytes: float = 4000
    # Leaves and rows that are asked for again before long; inner pages always are.
    hot_share: float = 0.1
    shards: float = 128


@dataclass(frozen=True)
class Row:
    """What the model says of one number of cards."""

    cards: int
    data_gigabytes: float
    events_share: float
    hot_gigabytes: float
    tree_levels: int
    writes_per_second: float
    log_megabytes_per_second: float
    batch: float
    machines: int
    reason: str
    connections: int


def tree_levels(rows, entry_bytes):
    """How many pages lead from the root of an index to an entry, the leaf included."""
    per_page = PAGE_BYTES / entry_bytes
    return max(1, math.ceil(math.log(max(rows, 2), per_page)))


def batch_size(writes_per_second, a):
    """Writes that gather in a lane while the one before commits: there is no timer, so this is where it settles."""
    arriving = writes_per_second / a.lanes
    free = 1 - arriving * a.database_micros / 1e6
    if free <= 0:
        return 256.0
    return min(256.0, max(1.0, arriving * a.commit_millis / 1e3 / free))


def connections(writes_per_second, a):
    """How many write side by side where tables are spread: what comes in a second times how long it takes."""
    return math.ceil(writes_per_second * a.statements_per_write * a.statement_millis / 1e3)


def simulate(cards, a):
    """One row of the table."""
    accounts = cards / a.cards_per_account
    events = cards * a.writes_per_card_and_year * a.years_kept
    own = cards * a.card_bytes + accounts * a.account_bytes
    chain = events * a.event_bytes
    writes = cards * a.writes_per_card_and_year / YEAR_SECONDS * a.peak
    # Events and their index grow at the end, so of them only the last pages are ever at hand.
    hot = own * a.hot_share
    micros = writes * (a.database_micros + a.server_micros + a.reads_per_write * a.read_micros)

    def needed(micros):
        return {
            "disk": math.ceil((own + chain) / 1e9 / a.disk_gigabytes),
            "memory": math.ceil(hot / 1e9 / a.memory_gigabytes),
            "cores": math.ceil(micros / 1e6 / (a.cores * a.busy_at_most)),
        }

    machines = needed(micros)
    if max(machines.values()) > 1:
        machines = needed(micros + writes * (a.statements_per_write + a.reads_per_write) * a.routing_micros)
    reason = max(machines, key=machines.get)
    count = max(1, machines[reason])
    is_spread = count > 1
    rows = cards / a.shards if is_spread else cards
    batch = batch_size(writes, a)
    return Row(
        cards=cards,
        data_gigabytes=(own + chain) / 1e9,
        events_share=chain / (own + chain),
        hot_gigabytes=hot / 1e9,
        tree_levels=tree_levels(rows, a.index_entry_bytes),
        writes_per_second=writes,
        log_megabytes_per_second=writes * a.log_bytes_per_write / 1e6,
        batch=batch,
        machines=count,
        reason=reason if is_spread else "",
        connections=connections(writes, a) if is_spread else int(a.lanes),
    )


def buckets_in(batch):
    """How many buckets a batch touches, as far as chance spreads them evenly."""
    return BUCKETS * (1 - (1 - 1 / BUCKETS) ** batch)


HEADINGS = [
    "cards",
    "data, GB",
    "of it events",
    "hot, GB",
    "levels of an index",
    "writes/s at the peak",
    "log, MB/s",
    "writes a commit",
    "buckets in them",
    "machines",
    "connections that write",
]


def cells(row):
    machines = f"{row.machines} ({row.reason})" if row.reason else str(row.machines)
    return [
        f"{row.cards:,}".replace(",", " "),
        f"{row.data_gigabytes:,.2f}".replace(",", " "),
        f"{row.events_share:.0%}",
        f"{row.hot_gigabytes:,.2f}".replace(",", " "),
        str(row.tree_levels),
        f"{row.writes_per_second:,.2f}".replace(",", " "),
        f"{row.log_megabytes_per_second:,.3f}".replace(",", " "),
        f"{row.batch:.1f}",
        f"{buckets_in(row.batch):.1f}",
        machines,
        str(row.connections),
    ]


def table(a):
    """The table as Markdown, one line a number of cards."""
    lines = [HEADINGS, ["---:"] * len(HEADINGS), *(cells(simulate(cards, a)) for cards in SIZES)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for field in fields(Assumptions):
        option = f"--{field.name.replace('_', '-')}"
        parser.add_argument(option, type=float, default=field.default, help=f"{field.default:g} unless given")
    a = Assumptions(**vars(parser.parse_args()))
    print(table(a))
    print()
    for field in fields(a):
        print(f"{field.name.replace('_', ' ')}: {getattr(a, field.name):g}")


if __name__ == "__main__":
    main()
