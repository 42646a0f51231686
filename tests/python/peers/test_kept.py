"""Cards that Stripe keeps, in every dialect: what is done here is done there, and no number comes this way."""

import pytest

from peers.fakes import APPROVED, YEAR, names
from peers.shop import Shop


@pytest.fixture
def shop(peered, fake):
    return Shop(peered, fake.entity)


@pytest.fixture
def local_shop(peered, localstripe):
    return Shop(peered, localstripe.entity)


def test_a_token_of_stripe_becomes_a_card_whose_number_nobody_saw(shop, fake):
    customer = shop.customer()
    card = shop.assign(customer, fake.token())
    shown = shop.shown(customer)
    assert (shown["default_source"], shown["sources"]["data"][0]["last4"]) == (card, "4242")
    assert fake.kept(card)["default_source"] == card
    method = shop.methods(customer)[0]
    assert (method["cardNumber"], method["bankIdentificationNumber"]) == ("************4242", None)
    assert method["isDefault"] is True


def test_a_token_is_used_once(shop, fake):
    customer, used = shop.customer(), fake.token()
    card = shop.assign(customer, used)
    assert shop.refused(customer, used, 400)["code"] == "token_already_used"
    assert len(shop.sources(customer)) == 1
    assert names(fake.kept(card)) == [card]


def test_the_default_is_chosen_there_too(shop, fake):
    customer = shop.customer()
    first, second = (shop.assign(customer, fake.token()) for _ in range(2))
    assert fake.kept(first)["id"] == fake.kept(second)["id"]
    assert fake.kept(first)["default_source"] == first
    done = shop.call("POST", "/api/cards/default", {"userId": customer, "default_source": second})
    assert done["data"]["default_source"] == second
    assert fake.kept(first)["default_source"] == second


def test_what_zuoras_api_deletes_goes_there_too(shop, fake):
    customer = shop.customer()
    default, spare = (shop.assign(customer, fake.token()) for _ in range(2))
    ids = {method["isDefault"]: method["id"] for method in shop.methods(customer)}
    shop.call("DELETE", f"/v1/payment-methods/{ids[False]}")
    assert fake.kept(spare) is None
    shop.call("DELETE", f"/v1/payment-methods/{ids[True]}", status=400)
    assert fake.kept(default)["default_source"] == default


def test_what_zuoras_api_changes_changes_there_too(local_shop, localstripe):
    customer = local_shop.customer()
    card = local_shop.assign(customer, localstripe.token())
    mine = local_shop.methods(customer)[0]["id"]
    local_shop.call("PUT", f"/v1/payment-methods/{mine}", {"expirationMonth": 11, "expirationYear": YEAR + 1})
    there = localstripe.kept(card)["sources"]["data"][0]
    assert (int(there["exp_month"]), int(there["exp_year"])) == (11, YEAR + 1)


def test_a_change_that_is_refused_here_is_not_done_there(local_shop, localstripe):
    customer = local_shop.customer()
    card = local_shop.assign(customer, localstripe.token())
    mine = local_shop.methods(customer)[0]["id"]
    for path, change in [
        (f"/v1/payment-methods/{mine}", {"expirationMonth": 1, "expirationYear": YEAR - 5}),
        (f"/v1/payment-methods/credit-cards/{mine}", {"expirationMonth": 11}),
        (f"/v1/payment-methods/credit-cards/{mine}", {"expirationMonth": 11, "securityCode": "123"}),
    ]:
        local_shop.call("PUT", path, change, 400)
    there = localstripe.kept(card)["sources"]["data"][0]
    assert (int(there["exp_month"]), int(there["exp_year"])) == (8, YEAR)


def test_an_account_that_is_called_like_a_customer_there_is_another(shop, fake):
    theirs = fake.kept(shop.assign(shop.customer(), fake.token()))["id"]
    shop.call("POST", "/v1/accounts", {"accountNumber": theirs, "name": "Eve", "currency": "USD"})
    card = shop.assign(theirs, fake.token())
    assert fake.kept(card)["id"] != theirs


def test_a_declined_card_is_put_on_file_nowhere(shop, fake):
    customer = shop.customer()
    assert shop.refused(customer, fake.declined(), 402)["code"] == "card_declined"
    assert shop.sources(customer) == []


def test_a_customer_that_would_have_no_card_is_removed_there(local_shop, localstripe):
    before = len(localstripe.customers())
    local_shop.refused(local_shop.customer(), localstripe.declined(), 402)
    assert len(localstripe.customers()) == before


def test_no_number_is_taken_where_stripe_makes_the_tokens(local_shop):
    card = {"number": APPROVED, "exp_month": "8", "exp_year": str(YEAR), "cvc": "123"}
    answer = local_shop.call("POST", "/api/cards/create", card, 400)
    assert "make tokens there" in answer["message"]
