"""Webhooks: what localstripe tells by itself, and events that it does not send, signed by Stripe's own libraries."""

import itertools
import json
import subprocess
import time

import pytest
import requests
import stripe

from peers.conftest import WEBHOOK_SECRET
from peers.fakes import YEAR
from peers.processes import ENVIRONMENT, HERE, NODE
from peers.shop import Shop
from proofs.server import wait_for

# Events are known by their ids for as long as the server keeps what it took.
numbers = itertools.count(time.time_ns())
PATHS = ("/webhooks/stripe", "/api/webhooks/stripe")
# localstripe waits for a second before it tells.
TOLD_SECONDS = 60


def by_python(payload, secret, timestamp):
    return stripe.WebhookSignature.generate_signature_header(payload, secret, timestamp)


def by_node(payload, secret, timestamp):
    asked = json.dumps({"payload": payload, "secret": secret, "timestamp": timestamp})
    command = [NODE, HERE / "sign.js"]
    return subprocess.run(command, input=asked, env=ENVIRONMENT, text=True, capture_output=True, check=True).stdout


@pytest.fixture(params=[by_python, by_node], ids=["python", "node"])
def signed(request):
    """Signs an event as one of the libraries does it, now if nothing else is said."""

    def signed(body, secret=WEBHOOK_SECRET, age=0):
        return request.param(body, secret, int(time.time()) - age)

    return signed


@pytest.fixture
def tell(peered, signed):
    """Tells of an event, and has it taken."""

    def tell(kind, at=None, **about):
        body = event(kind, at, **about)
        header = signed(body)
        # The library believes what it signs.
        assert stripe.Webhook.construct_event(body, header, WEBHOOK_SECRET)["type"] == kind
        answer = send(peered, PATHS[0], body, header)
        assert (answer.status_code, answer.json()) == (200, {"received": True, "type": kind})

    return tell


def event(kind, at=None, **about):
    at = int(time.time()) if at is None else at
    name = f"evt_{next(numbers)}"
    return json.dumps({"id": name, "object": "event", "type": kind, "created": at, "data": {"object": about}})


def send(peered, path, body, header):
    return requests.post(f"{peered.url}{path}", data=body, headers={"Stripe-Signature": header})


@pytest.fixture
def shop(peered, localstripe):
    return Shop(peered, localstripe.entity)


@pytest.fixture
def customer(shop):
    return shop.customer()


@pytest.fixture
def card(shop, customer, localstripe):
    """What Stripe calls a card that it keeps."""
    return shop.assign(customer, localstripe.token())


@pytest.mark.parametrize("path", PATHS)
def test_what_the_official_libraries_sign_is_believed_and_nothing_else(peered, signed, path):
    body = event("charge.refunded", id="ch_1")
    header = signed(body)
    assert send(peered, path, body, header).status_code == 200
    # Time goes on meanwhile, so what is signed for later has to be far from what is still believed.
    for wrong in [signed(body, "whsec_forged"), signed(body, age=301), signed(body, age=-900), header.replace("v1=", "v0=")]:
        assert send(peered, path, body, wrong).status_code == 400, wrong
    assert send(peered, path, body + " ", header).status_code == 400


def test_charges_count(tell, shop, customer, card):
    begun = int(time.time())
    for number in range(2):
        charge = {"id": f"ch_{next(numbers)}", "created": begun + number, "source": {"id": card}}
        tell("charge.failed", failure_code="card_declined", failure_message="Your card was declined.", **charge)
    assert shop.methods(customer)[0]["numConsecutiveFailures"] == 2
    tell("charge.succeeded", id=f"ch_{next(numbers)}", created=begun + 2, payment_method=card)
    assert shop.methods(customer)[0]["numConsecutiveFailures"] == 0


def test_a_source_that_changed_changes_here(tell, shop, customer, card):
    tell("customer.source.updated", id=card, object="card", exp_month=11, exp_year=YEAR + 1, name="Mia")
    method = shop.methods(customer)[0]
    assert (method["expirationMonth"], method["expirationYear"]) == (11, YEAR + 1)
    assert shop.sources(customer)[0]["name"] == "Mia"


def test_a_card_that_its_network_renewed_is_renewed_here(tell, shop, customer, card):
    renewed = {"exp_month": 12, "exp_year": YEAR + 2}
    tell("payment_method.automatically_updated", id=card, object="payment_method", card=renewed)
    method = shop.methods(customer)[0]
    assert (method["expirationMonth"], method["expirationYear"]) == (12, YEAR + 2)


def test_a_source_that_is_gone_goes_here_too(tell, shop, customer, card, localstripe):
    spare = shop.assign(customer, localstripe.token())
    tell("customer.source.deleted", id=spare, object="card")
    assert [source["id"] for source in shop.sources(customer)] == [card]


def test_what_a_source_that_expires_says_of_its_expiry_is_taken_over(tell, shop, customer, card):
    for month in (8, 7):
        tell("customer.source.expiring", id=card, object="card", exp_month=month, exp_year=YEAR)
        method = shop.methods(customer)[0]
        assert (method["expirationMonth"], method["expirationYear"]) == (month, YEAR)


def test_what_localstripe_tells_by_itself_is_believed(peered, telling):
    # One of its own: what it told of the cards of other tests would come at any time.
    shop = Shop(peered, telling.entity)
    customer = shop.customer()
    first, second = (shop.assign(customer, telling.token()) for _ in range(2))
    assert shop.shown(customer)["default_source"] == first
    telling.call("POST", f"/v1/customers/{telling.kept(first)['id']}", default_source=second)
    wait_for(lambda: shop.shown(customer)["default_source"] == second, TOLD_SECONDS, "the default to change")
