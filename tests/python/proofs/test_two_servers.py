"""Two servers on one PostgreSQL, one killed with -9: what was accepted is carried out, by whoever is left, and once."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from proofs.api import Api, Unanswered
from proofs.databases import Postgres
from proofs.server import Server, wait_for

ROUNDS = int(os.environ.get("CARDFILE_PROOF_ROUNDS", 2))
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
    left, carried_out = 0, 0
    for number in range(ROUNDS):
        round = Round(first, credentials, this_year + 3, f"R{number}")
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
    print(f"{ROUNDS} kills, {carried_out} accepted and carried out, {left} of them left behind half done")


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
