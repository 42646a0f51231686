"""Two servers on one PostgreSQL, one killed with -9: what was answered stays, and what was accepted is carried out once."""

import os
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from proofs.api import Api, Unanswered
from proofs.databases import Postgres
from proofs.ledger import Ledger
from proofs.load import SHARED_ACCOUNTS, Load
from proofs.server import Server, wait_for

ROUNDS = int(os.environ.get("CARDFILE_PROOF_ROUNDS", 2))
# Writers at each server, and when after their first answers the one server dies.
WRITERS = 4
SOONEST_SECONDS, LATEST_SECONDS = 0.3, 1.0
# More rounds, until a server died with something in its hands.
ROUNDS_MAX = ROUNDS + 20
REQUESTS = 60
CALLERS = 6
# What a killed server had taken is given up after 15 seconds.
DONE_SECONDS = 90


@pytest.fixture
def servers(tmp_path, cluster):
    """Two servers with the same root key, which are both running."""
    database = Postgres(tmp_path, cluster)
    first = database.server()
    first.start()
    other_dir = tmp_path / "other" / "data"
    other_dir.mkdir(parents=True, mode=0o700)
    key = database.data_dir / "root.key"
    second = Server(other_dir, "--database-url", database.url, "--root-key-file", key)
    second.start()
    yield database, first, second
    first.discard()
    second.discard()


def card_of(account, year):
    return {
        "type": "CreditCard",
        "cardType": "Visa",
        "cardNumber": "4111111111111111",
        "expirationMonth": 8,
        "expirationYear": year,
        "cardHolderInfo": {"cardHolderName": "Leo"},
        "accountKey": account,
    }


class Round:
    """One caller's worth of requests to a server that may die at any of them."""

    def __init__(self, server, credentials, year, name):
        self.server = server
        self.credentials = credentials
        self.year = year
        self.name = name
        self.accepted = {}

    def send(self, caller):
        api = Api(self.server.port, self.credentials)
        accepted = {}
        try:
            for number in range(REQUESTS // CALLERS):
                account = f"{self.name}-{caller}-{number}"
                answer = api.call("POST", "/v1/async/payment-methods", card_of(account, self.year))
                assert answer.status == 202, answer
                accepted[account] = answer.json["requestId"]
        except Unanswered:
            pass
        api.close()
        return accepted

    def run(self, kill):
        with ThreadPoolExecutor(CALLERS) as pool:
            callers = [pool.submit(self.send, caller) for caller in range(CALLERS)]
            callers[0].result()
            kill()
            for caller in callers:
                self.accepted |= caller.result()


def test_what_a_killed_server_accepted_is_carried_out_once_by_the_other(servers, this_year):
    database, first, second = servers
    credentials = first.credentials()
    survivor = Api(second.port, credentials)
    kills, left, carried_out = 0, 0, 0
    while kills < ROUNDS or (not left and kills < ROUNDS_MAX):
        kills += 1
        round = Round(first, credentials, this_year + 3, f"R{kills}")
        round.run(first.kill)
        with database.reader() as select:
            ((taken,),) = select("SELECT count(*) FROM errand WHERE finished_at IS NULL AND tries > 0")
        left += taken
        assert round.accepted

        def state(request):
            return survivor.call("GET", f"/v1/async/{request}").json

        for account, request in round.accepted.items():
            said = wait_for(
                lambda: (said := state(request))["state"] != "pending" and said, DONE_SECONDS, f"{request} to be done"
            )
            assert said["state"] == "succeeded", said
            cards = survivor.call("GET", f"/v1/accounts/{account}/payment-methods").json["creditcard"]
            assert [card["id"] for card in cards] == [said["response"]["body"]["id"]], account
            carried_out += 1
        # What was sent and not answered may have been accepted too, but nothing was done twice.
        with database.reader() as select:
            assert select("SELECT account_key FROM card GROUP BY account_key HAVING count(*) > 1") == []
        first.start()
    survivor.close()
    assert left, "no server died with something in its hands"
    print(f"{kills} kills, {carried_out} accepted and carried out, {left} of them left behind half done")


def test_what_two_servers_answered_on_shared_accounts_survives_the_death_of_one(servers, seed, this_year):
    """Both write to the same accounts at the same time, and each account has one whole chain in the end."""
    database, first, second = servers
    random, ledger = Random(seed), Ledger(this_year)
    load = Load(ledger, this_year, seed)
    credentials = first.credentials()
    ledger.check(database)
    unanswered, shared = 0, {"first": 0, "second": 0}
    for _ in range(ROUNDS):
        known = len(ledger.writes)
        with load.running(second.port, credentials, WRITERS) as surviving:
            with load.running(first.port, credentials, WRITERS) as dying:
                for writers in (surviving, dying):
                    load.wait_for_the_first(writers)
                dying[0].stopped.wait(random.uniform(SOONEST_SECONDS, LATEST_SECONDS))
                first.kill()
            # The others go on, with what the dead one left behind.
            before = sum(writer.acknowledged for writer in surviving)
            going_on = lambda: sum(writer.acknowledged for writer in surviving) > before + 2 * WRITERS
            wait_for(going_on, DONE_SECONDS, "the surviving server to answer")
        writes = list(ledger.writes.values())[known:]
        unanswered += sum(write.outcome == "unknown" for write in writes)
        for name, writers in (("first", dying), ("second", surviving)):
            names = {writer.name for writer in writers}
            done = [write for write in writes if write.outcome == "done" and write.account in SHARED_ACCOUNTS]
            shared[name] += sum(write.mark.rsplit("-", 1)[0] in names for write in done)
        # What the dead server had sent may still be on its way until nothing of before is connected any more.
        assert second.stop() == 0
        first.start()
        database.settle(first.started_at)
        second.start()
        problems = ledger.check(database)
        assert not problems, "\n".join(problems)
        load.relearn(ledger)
        api = Api(second.port, credentials)
        for write in writes:
            if write.keyed and write.outcome == "unknown":
                assert load.ask(api, write), f"{write.mark} asked again at the other server: {write.status}"
        api.close()
    everything = Ledger(this_year, ledger.writes)
    problems = everything.check(database)
    assert not problems, "\n".join(problems)
    assert all(shared.values()), f"the accounts were not shared: {shared}"
    refused = sorted({write.status for write in ledger.writes.values() if write.outcome == "refused"})
    # Where the other server is faster time and again, one gives up and says so.
    assert set(refused) <= {400, 404, 409}, refused
    print(
        f"{ROUNDS} kills, {len(ledger.writes)} writes, {unanswered} unanswered, 0 lost; on shared accounts "
        f"{shared['first']} by the server that dies and {shared['second']} by the other; refused with {refused}"
    )


def test_a_key_counts_on_both_servers(servers, this_year):
    _, *both = servers
    credentials = both[0].credentials()

    def send(number):
        api = Api(both[number % 2].port, credentials)
        answer = api.call(
            "POST", "/v1/payment-methods", card_of("K-1", this_year + 3), Idempotency_Key=f"key-{number // 8}"
        )
        api.close()
        return number // 8, answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(64)))
    # While the first request runs, the process that runs it answers 409; nothing else is refused.
    assert {answer.status for _, answer in answers} <= {200, 409}
    ids = {key: {answer.json["id"] for name, answer in answers if name == key and answer.done} for key, _ in answers}
    assert all(len(made) == 1 for made in ids.values()), ids
    api = Api(both[1].port, credentials)
    cards = api.call("GET", "/v1/accounts/K-1/payment-methods").json["creditcard"]
    api.close()
    assert {card["id"] for card in cards} == set().union(*ids.values())
