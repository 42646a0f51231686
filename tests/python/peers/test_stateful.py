"""What only stripe-stateful-mock plays: reasons of declines, keys of requests, answers that are none, things that are gone."""

import pytest

from peers.fakes import names
from peers.shop import Shop


@pytest.fixture
def shop(peered, stateful):
    return Shop(peered, stateful.entity)


@pytest.mark.parametrize(
    ("token", "code", "words"),
    [
        ("tok_chargeDeclined", "card_declined", "was declined"),
        ("tok_chargeDeclinedInsufficientFunds", "card_declined", "has insufficient funds"),
        ("tok_chargeDeclinedIncorrectCvc", "incorrect_cvc", "security code is incorrect"),
        ("tok_chargeDeclinedExpiredCard", "expired_card", "has expired"),
    ],
)
def test_a_decline_keeps_its_reason(shop, token, code, words):
    customer = shop.customer()
    answer = shop.refused(customer, token, 402)
    assert answer["code"] == code and words in answer["message"]
    assert shop.sources(customer) == []


@pytest.mark.parametrize("path", ["/v1/customers", "/sources"])
def test_an_answer_that_gets_lost_is_asked_for_again_and_has_one_effect(shop, stateful, wire, path):
    before = len(stateful.customers())
    with wire.losing(path) as lost:
        card = shop.assign(shop.customer(), stateful.token())
    assert len(lost) == 1
    assert len(stateful.customers()) == before + 1
    assert names(stateful.kept(card)) == [card]


def test_an_answer_that_is_none_is_no_decline(shop):
    # It answers with its own failure where it does not know a token.
    customer = shop.customer()
    shop.refused(customer, "tok_unheard", 500)
    assert shop.sources(customer) == []


def test_a_card_that_is_gone_there_does_not_become_the_default(shop, stateful):
    customer = shop.customer()
    first, second = (shop.assign(customer, stateful.token()) for _ in range(2))
    there = stateful.kept(second)["id"]
    stateful.call("DELETE", f"/v1/customers/{there}/sources/{second}")
    answer = shop.call("POST", "/api/cards/default", {"userId": customer, "default_source": second}, 404)
    assert answer["code"] == "resource_missing"
    assert shop.shown(customer)["default_source"] == first


def test_a_card_that_is_gone_there_can_be_deleted_here(shop, stateful):
    customer = shop.customer()
    first, second = (shop.assign(customer, stateful.token()) for _ in range(2))
    there = stateful.kept(second)["id"]
    stateful.call("DELETE", f"/v1/customers/{there}/sources/{second}")
    mine = next(method["id"] for method in shop.methods(customer) if not method["isDefault"])
    shop.call("DELETE", f"/v1/payment-methods/{mine}")
    assert [source["id"] for source in shop.sources(customer)] == [first]


def test_where_the_key_is_no_longer_good_nothing_is_missing_and_nothing_is_done(shop, stateful, wire):
    customer = shop.customer()
    first, second = (shop.assign(customer, stateful.token()) for _ in range(2))
    spare = next(f"/v1/payment-methods/{method['id']}" for method in shop.methods(customer) if not method["isDefault"])
    token, before = stateful.token(), shop.shown(customer)
    with wire.locked():
        for method, path, body in [
            ("POST", "/api/cards/assign", {"userId": customer, "source": token}),
            ("POST", "/api/cards/default", {"userId": customer, "default_source": second}),
            ("DELETE", "/api/customers/delete", {"userId": customer}),
            ("PUT", spare, {"expirationMonth": 11}),
            ("PUT", f"{spare}/scrub", None),
            ("DELETE", spare, None),
        ]:
            shop.call(method, path, body, 500)
    assert shop.shown(customer) == before
    third = shop.assign(customer, token)
    assert sorted(names(stateful.kept(first))) == sorted([first, second, third])
