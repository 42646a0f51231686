"""Cards that Stripe keeps, in every dialect: what is done here is done there, and no number comes this way."""

import itertools

import pytest
import requests

from peers.test_peers import APPROVED, DECLINED, YEAR, customers, session

names = itertools.count(1)


def token(peer, number=APPROVED):
    """A token as a page of the shop gets it, from Stripe itself."""
    card = {"number": number, "exp_month": 8, "exp_year": YEAR, "cvc": "123", "name": "Leo"}
    form = {f"card[{name}]": value for name, value in card.items()}
    answer = requests.post(f"http://127.0.0.1:{peer.port}/v1/tokens", data=form, auth=("sk_test_of_the_peers", ""))
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


@pytest.fixture
def shop(peered):
    return Shop(session(peered, "stripe"), peered.url)


class Shop:
    def __init__(self, caller, url):
        self.caller, self.url = caller, url

    def customer(self):
        body = {"email": "a@b.example", "name": f"Shop {next(names)}", "phone": "+15550100"}
        return self.call("POST", "/api/customers/create", body, 201)["data"]["id"]

    def assign(self, customer, source):
        return self.call("POST", "/api/cards/assign", {"userId": customer, "source": source})["data"]["cardId"]

    def shown(self, customer):
        return self.call("GET", f"/api/customers/{customer}")["data"]

    def call(self, method, path, body=None, status=200):
        answer = self.caller.request(method, self.url + path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()


def kept(peer, card):
    """The customer at the peer who has a card."""
    mine = [it for it in customers(peer) if card in [source["id"] for source in it["sources"]["data"]]]
    return mine[0] if mine else None


def test_a_token_of_stripe_becomes_a_card_whose_number_nobody_saw(shop, stripe_peer):
    customer = shop.customer()
    card = shop.assign(customer, token(stripe_peer))
    shown = shop.shown(customer)
    assert (shown["default_source"], shown["sources"]["data"][0]["last4"]) == (card, "4242")
    assert kept(stripe_peer, card)["default_source"] == card
    accounts = f"/v1/accounts/{customer.removeprefix('cus_')}/payment-methods"
    zuoras = shop.call("GET", accounts)["creditcard"][0]
    assert (zuoras["cardNumber"], zuoras["bankIdentificationNumber"]) == ("************4242", None)
    assert zuoras["isDefault"] is True


def test_a_token_is_used_once(shop, stripe_peer):
    customer, used = shop.customer(), token(stripe_peer)
    shop.assign(customer, used)
    answer = shop.call("POST", "/api/cards/assign", {"userId": customer, "source": used}, 400)
    assert answer["code"] == "token_already_used"
    assert len(shop.shown(customer)["sources"]["data"]) == 1


def test_the_default_is_chosen_there_too(shop, stripe_peer):
    customer = shop.customer()
    first, second = (shop.assign(customer, token(stripe_peer)) for _ in range(2))
    assert kept(stripe_peer, first)["id"] == kept(stripe_peer, second)["id"]
    assert kept(stripe_peer, first)["default_source"] == first
    done = shop.call("POST", "/api/cards/default", {"userId": customer, "default_source": second})
    assert done["data"]["default_source"] == second
    assert kept(stripe_peer, first)["default_source"] == second


def test_what_zuoras_api_changes_and_deletes_changes_and_goes_there_too(shop, stripe_peer):
    customer = shop.customer()
    default, spare = (shop.assign(customer, token(stripe_peer)) for _ in range(2))
    accounts = f"/v1/accounts/{customer.removeprefix('cus_')}/payment-methods"
    ids = {method["isDefault"]: method["id"] for method in shop.call("GET", accounts)["creditcard"]}
    change = {"expirationMonth": 11, "expirationYear": YEAR + 1}
    shop.call("PUT", f"/v1/payment-methods/{ids[False]}", change)
    there = {source["id"]: source for source in kept(stripe_peer, spare)["sources"]["data"]}[spare]
    assert (int(there["exp_month"]), int(there["exp_year"])) == (11, YEAR + 1)
    shop.call("DELETE", f"/v1/payment-methods/{ids[False]}")
    assert kept(stripe_peer, spare) is None
    shop.call("DELETE", f"/v1/payment-methods/{ids[True]}", status=400)
    assert kept(stripe_peer, default)["default_source"] == default


def test_a_change_that_is_refused_here_is_not_done_there(shop, stripe_peer):
    customer = shop.customer()
    card = shop.assign(customer, token(stripe_peer))
    accounts = f"/v1/accounts/{customer.removeprefix('cus_')}/payment-methods"
    mine = shop.call("GET", accounts)["creditcard"][0]["id"]
    for path, change in [
        (f"/v1/payment-methods/{mine}", {"expirationMonth": 1, "expirationYear": YEAR - 5}),
        (f"/v1/payment-methods/credit-cards/{mine}", {"expirationMonth": 11}),
        (f"/v1/payment-methods/credit-cards/{mine}", {"expirationMonth": 11, "securityCode": "123"}),
    ]:
        shop.call("PUT", path, change, 400)
    there = kept(stripe_peer, card)["sources"]["data"][0]
    assert (int(there["exp_month"]), int(there["exp_year"])) == (8, YEAR)


def test_an_account_that_is_called_like_a_customer_there_is_another(shop, stripe_peer):
    theirs = kept(stripe_peer, shop.assign(shop.customer(), token(stripe_peer)))["id"]
    shop.call("POST", "/v1/accounts", {"accountNumber": theirs, "name": "Eve", "currency": "USD"})
    card = shop.assign(theirs, token(stripe_peer))
    assert kept(stripe_peer, card)["id"] != theirs


def test_a_declined_card_is_put_on_file_nowhere(shop, stripe_peer):
    customer, before = shop.customer(), len(customers(stripe_peer))
    answer = shop.call("POST", "/api/cards/assign", {"userId": customer, "source": token(stripe_peer, DECLINED)}, 402)
    assert answer["code"] == "card_declined"
    assert shop.shown(customer)["sources"]["data"] == []
    assert len(customers(stripe_peer)) == before


def test_no_number_is_taken_where_stripe_makes_the_tokens(shop):
    card = {"number": APPROVED, "exp_month": "8", "exp_year": str(YEAR), "cvc": "123"}
    answer = shop.call("POST", "/api/cards/create", card, 400)
    assert "make tokens there" in answer["message"]
