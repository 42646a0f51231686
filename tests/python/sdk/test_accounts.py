"""Accounts, as far as a program needs them to begin with one: opening, reading, and the card to charge."""

import pytest
from zuora_sdk import (
    CreateAccountContact,
    CreateAccountCreditCard,
    CreateAccountCreditCardHolderInfo,
    CreateAccountPaymentMethod,
    CreatePaymentMethodCardholderInfo,
    ProxyActionupdateRequest,
    UpdateAccountRequest,
    ZObjectUpdate,
)
from zuora_sdk.exceptions import BadRequestException, NotFoundException

from sdk.build import MASTERCARD, NOBODY, VISA, YEAR, categories, new_account, new_card

ADDRESS = {
    "card_holder_name": "Amy Lawrence",
    "address_line1": "77 Main Street",
    "city": "Omaha",
    "state": "NE",
    "country": "USA",
    "zip_code": "68102",
}


def listed(accounts, key, **filters):
    answer = accounts.get_account_payment_methods(key, **filters)
    assert answer.success
    return [card["id"] for card in answer.additional_properties["creditcard"]]


def test_an_account_is_opened_with_a_credit_card(accounts, cards):
    opened = accounts.create_account(
        new_account(
            account_number="A-1",
            auto_pay=True,
            bill_cycle_day=1,
            notes="Called twice",
            StripeCustomerId__c="cus_1",
            bill_to_contact=CreateAccountContact(first_name="Amy", last_name="Lawrence", country="USA"),
            credit_card=CreateAccountCreditCard(
                card_type="Visa",
                card_number=VISA,
                expiration_month="08",
                expiration_year=str(YEAR),
                security_code="111",
                card_holder_info=CreateAccountCreditCardHolderInfo(**ADDRESS),
            ),
        )
    )
    assert opened.success and opened.account_number == "A-1"
    assert len(opened.account_id) == len(opened.payment_method_id) == 32

    by_id, by_number = (accounts.get_account(key) for key in (opened.account_id, "A-1"))
    assert by_id.to_dict() == by_number.to_dict()
    basic, billing = by_id.basic_info, by_id.billing_and_payment
    assert (basic.id, basic.account_number, basic.name) == (opened.account_id, "A-1", "Amy Lawrence's Account")
    assert (basic.status, basic.notes) == ("Active", "Called twice")
    assert basic.additional_properties["StripeCustomerId__c"] == "cus_1"
    assert (billing.auto_pay, billing.bill_cycle_day, billing.currency) == (True, 1, "USD")
    assert billing.default_payment_method_id == opened.payment_method_id
    assert (by_id.bill_to_contact.first_name, by_id.bill_to_contact.last_name) == ("Amy", "Lawrence")

    card = cards.get_payment_method(opened.payment_method_id)
    assert (card.expiration_month, card.expiration_year, card.is_default) == (8, YEAR, True)
    assert (card.account_holder_info.state, card.account_holder_info.country) == ("Nebraska", "United States")


def test_an_account_is_opened_with_a_payment_method(accounts):
    method = CreateAccountPaymentMethod(
        type="CreditCard",
        card_type="MasterCard",
        card_number=MASTERCARD,
        expiration_month=3,
        expiration_year=YEAR,
        card_holder_info=CreatePaymentMethodCardholderInfo(card_holder_name="Leo"),
    )
    opened = accounts.create_account(new_account(payment_method=method))
    default = accounts.get_account_default_payment_method(opened.account_number)
    assert default.id == opened.payment_method_id
    assert (default.card_number, default.account_holder_info.account_holder_name) == ("************4444", "Leo")
    assert default.additional_properties["accountKey"] == opened.account_id


def test_an_account_is_opened_with_a_card_that_had_none(accounts, cards):
    orphan = cards.create_payment_method(new_card()).id
    opened = accounts.create_account(new_account(hpm_credit_card_payment_method_id=orphan))
    assert opened.payment_method_id == orphan
    assert cards.get_payment_method(orphan).is_default
    with pytest.raises(BadRequestException) as refused:
        accounts.create_account(new_account(hpm_credit_card_payment_method_id=orphan))
    assert categories(refused) == [30]


def test_an_account_without_a_card_has_no_default(accounts):
    opened = accounts.create_account(new_account())
    assert opened.payment_method_id is None
    assert listed(accounts, opened.account_id) == []
    assert accounts.get_account_payment_methods(opened.account_id).default_payment_method_id is None
    with pytest.raises(NotFoundException):
        accounts.get_account_default_payment_method(opened.account_id)


def test_two_accounts_do_not_share_a_number(accounts):
    accounts.create_account(new_account(account_number="A-1"))
    with pytest.raises(BadRequestException) as refused:
        accounts.create_account(new_account(account_number="A-1"))
    assert categories(refused) == [30]


def test_the_first_card_is_the_default_and_another_can_become_it(accounts, cards):
    first, second = (cards.create_payment_method(new_card("A-1")).id for _ in range(2))
    assert accounts.get_account_default_payment_method("A-1").id == first

    chosen = accounts.update_account("A-1", UpdateAccountRequest(default_payment_method_id=second))
    assert chosen.success
    assert accounts.get_account_default_payment_method("A-1").id == second
    assert accounts.get_account_payment_methods("A-1").default_payment_method_id == second
    assert [cards.get_payment_method(id).is_default for id in (first, second)] == [False, True]

    third = cards.create_payment_method(new_card("A-1", make_default=True)).id
    assert accounts.get_account_default_payment_method("A-1").id == third


def test_only_an_active_card_of_the_account_can_become_its_default(accounts, cards, actions):
    default, closed = (cards.create_payment_method(new_card("A-1")).id for _ in range(2))
    foreign = cards.create_payment_method(new_card("A-2")).id
    close = ZObjectUpdate(id=closed, PaymentMethodStatus="Closed")
    assert actions.action_postupdate(ProxyActionupdateRequest(type="PaymentMethod", objects=[close]))[0].success
    for other in (closed, foreign):
        with pytest.raises(BadRequestException) as refused:
            accounts.update_account("A-1", UpdateAccountRequest(default_payment_method_id=other))
        assert categories(refused) == [30]
    with pytest.raises((BadRequestException, NotFoundException)):
        accounts.update_account("A-1", UpdateAccountRequest(default_payment_method_id=NOBODY))
    assert accounts.get_account_default_payment_method("A-1").id == default


def test_a_list_shows_the_last_change_first_and_can_be_narrowed(accounts, cards, actions):
    oldest, middle, newest = (cards.create_payment_method(new_card("A-1")).id for _ in range(3))
    close = ZObjectUpdate(id=middle, PaymentMethodStatus="Closed")
    assert actions.action_postupdate(ProxyActionupdateRequest(type="PaymentMethod", objects=[close]))[0].success

    assert listed(accounts, "A-1") == [middle, newest, oldest]
    assert listed(accounts, "A-1", is_active_only=True) == [newest, oldest]
    assert listed(accounts, "A-1", is_default_only=True) == [oldest]
    assert listed(accounts, "A-1", is_default_only=False, is_active_only=False) == [middle, newest, oldest]


def test_a_listed_card_looks_as_it_does_alone(accounts, cards):
    id = cards.create_payment_method(new_card("A-1", Mark__c="there")).id
    (shown,) = accounts.get_account_payment_methods("A-1").additional_properties["creditcard"]
    alone = cards.get_payment_method_with_http_info(id).raw_data
    import json

    assert {**shown, "success": True} == json.loads(alone)


def test_what_is_not_about_cards_is_kept_and_changed(accounts):
    opened = accounts.create_account(new_account(notes="first", auto_pay=True))
    accounts.update_account(opened.account_id, UpdateAccountRequest(notes="second", auto_pay=False, crm_id="C-1"))
    account = accounts.get_account(opened.account_id)
    assert (account.basic_info.notes, account.basic_info.crm_id) == ("second", "C-1")
    assert account.billing_and_payment.auto_pay is False


def test_an_account_that_nobody_opened_is_not_found(accounts):
    for call in (
        accounts.get_account,
        accounts.get_account_payment_methods,
        accounts.get_account_default_payment_method,
        lambda key: accounts.update_account(key, UpdateAccountRequest(notes="none")),
    ):
        with pytest.raises(NotFoundException) as missing:
            call("A-404")
        assert "Cannot find entity by key: 'A-404'." in missing.value.body
