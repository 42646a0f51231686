"""openapi.yaml is what the program does: schemathesis tries valid and invalid data on each operation."""

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

import pytest

from proofs.server import ROOT

HERE = Path(__file__).parent
YEAR = datetime.now(timezone.utc).year + 3


class Api:
    """What has to be there before the fuzzing begins."""

    def __init__(self, url, client):
        self.url = url
        secret = {"client_id": client.client_id, "client_secret": client.client_secret}
        form = urllib.parse.urlencode({**secret, "grant_type": "client_credentials"}).encode()
        self.token = self.answer(urllib.request.Request(f"{url}/oauth/token", form))["access_token"]

    def answer(self, request):
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def call(self, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body else None
        return self.answer(urllib.request.Request(self.url + path, data, headers))


@pytest.fixture
def environment(installation):
    """The environment of a run, with the names of things that exist."""
    client = installation.client()
    api = Api(installation.url, client)
    card = {
        "accountKey": "A-1",
        "creditCardType": "Visa",
        "creditCardNumber": "4111111111111111",
        "expirationMonth": 8,
        "expirationYear": YEAR,
        "cardHolderInfo": {"cardHolderName": "Leo"},
    }
    first, _ = (api.call("/v1/payment-methods/credit-cards", card)["paymentMethodId"] for _ in range(2))
    outcome = {"paymentId": "ch_1", "result": "failed", "time": "2026-01-31T12:00:00Z"}
    noted = api.call(f"/v1/payment-methods/{first}/outcomes", outcome)
    query = {"queryString": "select Id from PaymentMethod", "conf": {"batchSize": 1}}
    known = {
        "account": "A-1",
        "card": first,
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "cursor": api.call("/object-query/payment-methods?pageSize=1")["nextPage"],
        "entity": client.entities[0],
        "locator": api.call("/v1/action/query", query)["queryLocator"],
        "log": noted["paymentMethodTransactionLogId"],
        "snapshot": noted["paymentMethodSnapshotId"],
        "year": YEAR,
    }
    return {
        **os.environ,
        "CARDFILE_FUZZ_URL": installation.url,
        "CARDFILE_FUZZ_TOKEN": api.token,
        "CARDFILE_FUZZ_KNOWN": json.dumps(known),
        # Where schemathesis finds its hooks.
        "PYTHONPATH": str(HERE.parent),
    }


@pytest.fixture
def fuzz(environment, tmp_path):
    def fuzz(*options, version="2025-08-12"):
        # What is wrong with a line of an upload is in the line's receipt, and no reason for another status.
        # Those that speak as others do have the manners of others, too: 404 for a wrong method, 402, forms and
        # signatures, and who moves the time of a sandbox moves it for all tests. Their own suites try them.
        excluded = ("Bulk", "Tokens", "Stripe_Back", "Catalyze", "Webhooks", "Sandbox")
        tags = [f"--exclude-tag={tag}" for tag in excluded]
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / "schemathesis.toml", "run"]
        done = subprocess.run(
            [*command, ROOT / "openapi.yaml", *tags, *options],
            env={**environment, "CARDFILE_FUZZ_VERSION": version},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        print(done.stdout)
        return done.returncode

    return fuzz


# What a database is has nothing to do with it, and it takes a while: thousands of requests, a few for each limit.
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_the_limits_of_each_field_are_what_they_are_said_to_be(fuzz):
    assert fuzz("--phases=examples,coverage") == 0


def test_an_operation_keeps_its_promises_whatever_it_is_sent(fuzz):
    assert fuzz("--phases=fuzzing", "--max-examples=10") == 0


def test_operations_keep_their_promises_after_one_another(fuzz):
    assert fuzz("--phases=stateful", "--max-examples=10") == 0


# Before 2024-05-20 an error comes with status 200, so no status tells whether a request was taken. What the answers
# look like can be told.
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_an_operation_keeps_its_promises_to_older_clients(fuzz):
    exclude = "--exclude-checks=positive_data_acceptance,negative_data_rejection,missing_required_header"
    assert fuzz("--phases=examples,fuzzing", "--max-examples=3", exclude, version="186.0") == 0
