"""Stripe's own Python library makes tokens here, of cards that an issuer host of others has judged."""

import pytest
import stripe

from peers.fakes import APPROVED, DECLINED, YEAR
from peers.shop import Shop

CODE = "739"
TOKENS_AT_ONCE = 60


@pytest.fixture
def page(peered, monkeypatch):
    """A page of the shop, which has the publishable key of an entity."""
    monkeypatch.setattr(stripe, "api_base", peered.url)
    # A library that tries again would hide what the first answer was.
    monkeypatch.setattr(stripe, "max_network_retries", 0)

    def of(entity):
        monkeypatch.setattr(stripe, "api_key", peered.publishable_key(entity))

    of("bank")
    return of


def card(number=APPROVED, **more):
    return {"number": number, "exp_month": 8, "exp_year": YEAR, "cvc": CODE, "name": "Leo", **more}


def fails(kind, status, **sent):
    """How the library tells what is wrong, without the digits that it was about."""
    with pytest.raises(stripe.StripeError) as caught:
        stripe.Token.create(**sent)
    error = caught.value
    assert (type(error), error.http_status) == (kind, status), error
    number = sent.get("card", {}).get("number", APPROVED)
    assert number not in error.http_body and CODE not in error.http_body
    return error


def test_a_token_is_one_for_the_library(page):
    token = stripe.Token.create(card=card(address_city="Bern", address_country="CH"))
    assert isinstance(token, stripe.Token) and isinstance(token.card, stripe.Card)
    assert (token.type, token.used, token.livemode) == ("card", False, False)
    shown = token.card
    assert (shown.last4, shown.brand, shown.exp_month, shown.exp_year) == ("4242", "Visa", 8, YEAR)
    assert (shown.name, shown.address_city, shown.address_country, shown.cvc_check) == ("Leo", "Bern", "CH", "pass")
    assert APPROVED not in str(token) and CODE not in str(shown)


def test_a_token_is_found_and_used_up(page, peered):
    made = stripe.Token.create(card=card())
    assert stripe.Token.retrieve(made.id).used is False
    shop = Shop(peered, "bank")
    assert shop.assign(shop.customer(), made.id) == made.card.id
    assert stripe.Token.retrieve(made.id).used is True


@pytest.mark.parametrize(
    ("number", "code", "decline"),
    [
        (DECLINED, "card_declined", "do_not_honor"),
        ("4000000000000069", "expired_card", None),
        ("4000000000000127", "incorrect_cvc", None),
    ],
)
def test_what_the_issuer_declines_is_an_error_of_the_card(page, number, code, decline):
    error = fails(stripe.CardError, 402, card=card(number))
    assert (error.code, error.error.decline_code) == (code, decline)
    assert error.user_message == error.error.message


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": YEAR - 10}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "12"}, "invalid_cvc", "cvc"),
    ],
)
def test_what_is_wrong_with_a_card_is_an_error_of_the_card(page, wrong, code, param):
    error = fails(stripe.CardError, 402, card={**card(), **wrong})
    assert (error.code, error.param) == (code, param)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "parameter_missing"),
        ({"card": card(metadata={"a": "b"})}, "parameter_unknown"),
        ({"bank_account": {"country": "CH", "currency": "chf", "account_number": "1"}}, "parameter_unknown"),
    ],
)
def test_what_is_wrong_with_a_request_is_an_error_of_the_request(page, sent, code):
    assert fails(stripe.InvalidRequestError, 400, **sent).code == code


def test_a_token_that_there_is_not_is_an_error_of_the_request(page):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Token.retrieve("tok_1")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (404, "resource_missing", "token")


def test_where_stripe_makes_the_tokens_asking_for_one_is_an_error_of_the_request(page):
    page("stripe")
    fails(stripe.InvalidRequestError, 400, card=card())


def test_a_wrong_key_is_an_error_of_whoever_signs_in(page, monkeypatch):
    for key in ("pk_test_nobody", "sk_test_nobody"):
        monkeypatch.setattr(stripe, "api_key", key)
        fails(stripe.AuthenticationError, 401, card=card())


def test_an_issuer_without_an_answer_is_no_error_of_the_card(page):
    fails(stripe.APIError, 500, card={**card("378282246310005"), "cvc": CODE + "1"})


def test_asking_too_often_is_an_error_of_the_rate(page):
    page("often")
    # Room is made meanwhile, one place a second.
    with pytest.raises(stripe.RateLimitError) as caught:
        for _ in range(10 * TOKENS_AT_ONCE):
            stripe.Token.create(card=card())
    error = caught.value
    assert (error.http_status, error.error.code) == (429, "rate_limit")
    assert int(error.headers["Retry-After"]) >= 1
