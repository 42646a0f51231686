"""The checker of the crash tests finds what it is there to find: faults planted in copies of a right database."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from proofs.api import Api
from proofs.databases import Sqlite
from proofs.ledger import Event, Fields, Ledger, Write
from proofs.load import Load, make

ACCOUNT = "S-0"
# The chain of the account ends with a card that is not its default. The last card has no account, so it knows the
# latest event itself.
HISTORY = ["create", "create", "update", "default", "orphan", "attach", "delete", "choose", "open", "update", "create"]
HISTORY += ["orphan", "update"]


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """A small database with one request of each kind and more, all of them acknowledged; and the requests."""
    database = Sqlite(tmp_path_factory.mktemp("history"))
    load = Load(Ledger(2026), 2026, "history")
    server = database.server().start()
    try:
        api = Api(server.port, server.credentials())
        cards = []
        for number, kind in enumerate(HISTORY):
            write = make(
                kind, ACCOUNT, cards[0] if kind == "delete" else (cards or [""])[-1], Fields.of(f"m{number}", 2026)
            )
            load.ledger.note(write)
            assert load.ask(api, write) and write.outcome == "done", (kind, write.status)
            if kind in ("create", "orphan"):
                cards.append(write.card)
    finally:
        server.stop()
    return database, load.ledger.writes


@pytest.fixture
def copied(history, tmp_path):
    """A copy of the database, open for planting, and a function that checks what became of it."""
    database, writes = history
    database = database.copy(tmp_path)
    with closing(sqlite3.connect(database.file, isolation_level=None)) as connection:
        yield connection, lambda: Ledger(2026, dict(writes)).check(database)


def last_event(connection):
    sql = (
        "SELECT entity, account_key, seq, kind, card_id, at, client, track, body, previous, hash FROM event "
        "WHERE account_key = ? ORDER BY seq DESC LIMIT 1"
    )
    return Event._make(connection.execute(sql, (ACCOUNT,)).fetchone())


def set_head(connection, seq, head):
    connection.execute("UPDATE account SET event_seq = ?, event_head = ? WHERE account_key = ?", (seq, head, ACCOUNT))


def lose_the_last_write(connection):
    """As if its commit had never been: everything else is in order."""
    event = last_event(connection)
    connection.execute("DELETE FROM card WHERE id = ?", (event.card,))
    connection.execute("DELETE FROM event WHERE account_key = ? AND seq = ?", (ACCOUNT, event.seq))
    set_head(connection, event.seq - 1, event.previous)


def write_twice(connection):
    event = last_event(connection)
    again = event._replace(seq=event.seq + 1, previous=event.hash)
    again = again._replace(hash=again.expected_hash())
    connection.execute(
        "INSERT INTO event (bucket, entity, account_key, seq, kind, card_id, at, client, track, body, previous, hash) "
        "SELECT bucket, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM account WHERE account_key = ?",
        (*again, ACCOUNT),
    )
    set_head(connection, again.seq, again.hash)


def rewrite_an_event(connection):
    """Whoever changes the past can compute a hash, but then it is not the one that the next event holds."""
    event = last_event(connection)
    changed = event._replace(seq=1, previous=bytes(32), kind="card.created", body='{"default":true,"x":1}')
    connection.execute(
        "UPDATE event SET body = ?, hash = ? WHERE account_key = ? AND seq = 1",
        (changed.body, changed.expected_hash(), ACCOUNT),
    )


def forget_a_move(connection):
    """The card arrived without having left."""
    connection.execute("DELETE FROM event WHERE kind = 'card.moved'")
    connection.execute(
        "UPDATE account SET event_seq = 1, version = 1, event_head = "
        "(SELECT hash FROM event WHERE event.account_key = account.account_key) WHERE account_key LIKE '~%'"
    )


def sql(*statements):
    def plant(connection):
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement

    return plant


DEFAULT = "(SELECT default_card FROM account WHERE account_key = 'S-0')"
LAST = "(SELECT max(seq) FROM event WHERE account_key = 'S-0')"
FAULTS = {
    "an acknowledged write is lost": (lose_the_last_write, "m10, a create that is done, left nothing"),
    "a write took effect twice": (write_twice, "left ['card.created', 'card.created']"),
    "a card is missing": (sql(f"DELETE FROM card WHERE id <> {DEFAULT} AND account_key = 'S-0'"), "lacks 2 of its"),
    "a card came back": (sql("UPDATE card SET account_key = 'S-1' WHERE account_key LIKE 'N-%'"), "has no events"),
    "an event is missing": (sql("DELETE FROM event WHERE account_key = 'S-0' AND seq = 3"), "follows number 2"),
    "the last event is missing": (
        sql(f"DELETE FROM event WHERE account_key = 'S-0' AND seq = {LAST}"),
        "its chain ends",
    ),
    "all events are missing": (sql("DELETE FROM event WHERE account_key LIKE 'N-%'"), "its chain ends at 0"),
    "an event is there twice": (
        sql(
            "INSERT INTO event (bucket, entity, account_key, seq, kind, card_id, at, client, track, body, previous, hash) "
            "SELECT bucket, entity, account_key, seq, kind, card_id, at, client, track, body, previous, hash FROM event "
            "WHERE account_key = 'S-0' AND seq = 2"
        ),
        "has 2 events with the number 2",
    ),
    "an account is missing": (sql("DELETE FROM account WHERE account_key LIKE 'N-%'"), "has events and is not there"),
    "an event says something else": (sql("UPDATE event SET track = 'm3' WHERE track = 'm2'"), "hash of what it says"),
    "a time is another": (sql("UPDATE event SET at = at + 1 WHERE track = 'm2'"), "hash of what it says"),
    "the chain is rewritten": (rewrite_an_event, "does not hold the hash of the one before"),
    "the head is another": (sql("UPDATE account SET event_head = zeroblob(32)"), "its chain ends"),
    "the head in a card is another": (
        sql("UPDATE card SET event_head = zeroblob(32) WHERE event_seq > 0"),
        "its chain ends",
    ),
    "a card has lost the head": (sql("UPDATE card SET event_seq = 0 WHERE event_seq > 0"), "its chain ends at 2"),
    "the version ran ahead": (sql("UPDATE account SET version = event_seq + 1"), "was written"),
    "the default is not there": (sql("UPDATE account SET default_card = zeroblob(16)"), "a card that is not there"),
    "there is no default": (
        sql("UPDATE account SET default_card = NULL WHERE account_key = 'S-0'"),
        "not the one that",
    ),
    "a card is half old": (sql("UPDATE card SET failures = (failures + 1) % 101"), "or only in part"),
    "a field is another": (sql("UPDATE card SET holder = replace(holder, 'Street', 'Road')"), "or only in part"),
    "a card is older than its event": (sql("UPDATE card SET updated_at = updated_at - 1"), "not of one moment"),
    "a number is gone": (sql("UPDATE card SET sealed = NULL"), "lost its number"),
    "a card arrived without leaving": (forget_a_move, "m5, a attach that is done, left ['card.attached']"),
}


def test_a_right_database_has_no_problems(copied):
    _, check = copied
    assert check() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_the_checker_notices_that(fault, copied):
    connection, check = copied
    plant, expected = FAULTS[fault]
    plant(connection)
    problems = check()
    assert any(expected in problem for problem in problems), problems


def test_the_checker_notices_what_a_refused_or_unknown_request_left_behind(history):
    database, writes = history
    unknown, refused, lost = (
        Write("m2", "update", "PUT", "", {}, outcome=said) for said in ("unknown", "refused", "done")
    )
    nobodys = {mark: write for mark, write in writes.items() if mark != "m2"}
    for wrong in (nobodys, {**writes, "m2": refused}, {**writes, "m99": replace(lost, mark="m99")}):
        assert Ledger(2026, wrong).check(database)
    # Unknown is either: what is there is right, and so is its absence.
    for right in ({**writes, "m2": unknown}, {**writes, "m99": replace(unknown, mark="m99")}):
        assert Ledger(2026, right).check(database) == []


def test_an_effect_that_comes_after_the_look_is_noticed(history, tmp_path):
    """Of a request without a key, what is not there after the restart must never come."""
    database, writes = history
    unkeyed = Write("m98", "create", "POST", "", {}, ACCOUNT)
    ledger = Ledger(2026, {**writes, "m98": unkeyed})
    assert ledger.check(database) == []
    later = database.copy(tmp_path)
    with closing(sqlite3.connect(later.file, isolation_level=None)) as connection:
        event = last_event(connection)
        write_twice(connection)
        connection.execute("UPDATE event SET track = 'm98' WHERE account_key = ? AND seq > ?", (ACCOUNT, event.seq))
    assert any("had its effect or its refusal before" in problem for problem in ledger.check(later))
