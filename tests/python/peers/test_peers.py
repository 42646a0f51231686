"""Cards verified by peers that were written by others."""

import pytest

from peers.fakes import APPROVED, DECLINED, YEAR
from peers.shop import session


def create(peered, gateway, number, card_type="Visa", code="123"):
    body = {
        "type": "CreditCard",
        "cardType": card_type,
        "cardNumber": number,
        "expirationMonth": 8,
        "expirationYear": YEAR,
        "securityCode": code,
        "cardHolderInfo": {"cardHolderName": "Leo"},
    }
    return session(peered, gateway).post(f"{peered.url}/v1/payment-methods", json=body)


def reason(answer):
    return answer.json()["reasons"][0]


def test_a_card_is_approved_by_localstripe_and_nothing_is_left_there(peered, localstripe):
    before = localstripe.customers()
    answer = create(peered, "stripe", APPROVED)
    assert answer.status_code == 200, answer.text
    assert localstripe.customers() == before


def test_a_card_is_declined_by_localstripe_and_nothing_is_left_there(peered, localstripe):
    before = localstripe.customers()
    answer = create(peered, "stripe", DECLINED)
    assert answer.status_code == 400 and reason(answer)["code"] % 100 == 30, answer.text
    assert "Transaction declined" in reason(answer)["message"]
    assert localstripe.customers() == before


def test_a_change_with_a_code_is_verified_by_localstripe(peered):
    card = create(peered, "stripe", APPROVED).json()["id"]
    change = {"expirationMonth": 9, "expirationYear": YEAR, "cardHolderName": "Mia", "securityCode": "321"}
    path = f"{peered.url}/v1/payment-methods/credit-cards/{card}"
    # Any client of the entity may change the card.
    answer = session(peered, "stripe").put(path, json=change)
    assert answer.status_code == 200 and answer.json()["success"] is True, answer.text


def test_a_gateway_that_is_down_is_no_decline_and_can_be_asked_again(peered):
    answer = create(peered, "nobody", APPROVED)
    assert answer.status_code == 500 and reason(answer)["code"] % 100 == 61, answer.text


def test_a_gateway_that_makes_no_token_is_no_decline_and_can_be_asked_again(peered, stateful):
    answer = create(peered, stateful.entity, APPROVED)
    assert answer.status_code == 500 and reason(answer)["code"] % 100 == 61, answer.text


@pytest.mark.parametrize(
    ("number", "card_type", "category"),
    [
        (APPROVED, "Visa", None),
        ("5555555555554444", "MasterCard", None),
        (DECLINED, "Visa", 30),
        ("4000000000000069", "Visa", 30),
        ("4000000000000127", "Visa", 30),
    ],
)
def test_a_card_is_verified_by_iso8583sim(peered, number, card_type, category):
    answer = create(peered, "bank", number, card_type)
    if category is None:
        assert answer.status_code == 200, answer.text
    else:
        assert answer.status_code == 400 and reason(answer)["code"] % 100 == category, answer.text


def test_a_question_that_iso8583sim_drops_is_reversed_or_waits(peered):
    answer = create(peered, "bank", "378282246310005", "AmericanExpress", "1234")
    assert answer.status_code == 500 and reason(answer)["code"] % 100 in (61, 99), answer.text
