"""Payment methods: what is sent is what is read back."""

from datetime import date, datetime, timedelta, timezone

import pytest
from zuora_sdk import (
    PaymentMethodRequestProcessingOptions,
    UpdaterPaymentMethodRequestAccountHolderInfo,
    VerifyPaymentMethodRequest,
)
from zuora_sdk.exceptions import BadRequestException, NotFoundException

from proofs.digits import NUMBERS
from sdk.build import DECLINED, MASTERCARD, YEAR, categories, changes, new_card

# Numbers of 14, 15, 16 and 19 digits, all of them published for tests.
BRANDS = {**NUMBERS, "CUP": "6205500000000000004"}


def now():
    return datetime.now(timezone.utc).replace(tzinfo=None)


def test_a_new_card_is_read_back_as_it_was_sent(cards, credentials):
    before = now().replace(microsecond=0)
    made = cards.create_payment_method(
        new_card(
            "A-1",
            make_default=True,
            card_number=MASTERCARD,
            card_type="MasterCard",
            expiration_month=11,
            security_code="111",
            ip_address="192.0.2.1",
            identity_number="ID-7",
            payment_method_number="PM-7",
            numConsecutiveFailures=3,
            costCentre__c="Support",
            Seats__c=12,
            Gift__c=False,
            card_holder_info={
                "card_holder_name": "Amélie Lawrence",
                "address_line1": "12 King Street",
                "address_line2": "Floor 3",
                "city": "Toronto",
                "country": "CAN",
                "email": "amy@example.com",
                "phone": "416-555-0100",
                "state": "ON",
                "zip_code": "M5V 1A1",
            },
        )
    )
    assert made.success and len(made.id) == 32

    card = cards.get_payment_method(made.id)
    assert (card.id, card.type, card.status, card.is_default) == (made.id, "CreditCard", "Active", True)
    assert (card.card_number, card.credit_card_type) == ("************4444", "MasterCard")
    assert MASTERCARD.startswith(card.bank_identification_number)
    assert (card.expiration_month, card.expiration_year) == (11, YEAR)
    assert card.account_holder_info.to_dict() == {
        "accountHolderName": "Amélie Lawrence",
        "addressLine1": "12 King Street",
        "addressLine2": "Floor 3",
        "city": "Toronto",
        "country": "Canada",
        "email": "amy@example.com",
        "phone": "416-555-0100",
        "state": "Ontario",
        "zipCode": "M5V 1A1",
    }
    assert (card.ip_address, card.identity_number, card.num_consecutive_failures) == ("192.0.2.1", "ID-7", 3)
    assert (card.last_transaction, card.security_code, card.use_default_retry_rule) == ("Approved", None, True)
    assert card.created_by == card.updated_by == credentials.client_id.replace("-", "")
    for moment in (card.created_date, card.updated_date, card.last_transaction_date_time):
        assert before <= datetime.strptime(moment, "%Y-%m-%d %H:%M:%S") <= now() + timedelta(seconds=1)
    more = card.additional_properties
    assert (more["costCentre__c"], more["Seats__c"], more["Gift__c"]) == ("Support", 12, False)
    assert (more["paymentMethodNumber"], more["success"]) == ("PM-7", True)
    assert "costCentre__c" in card.to_dict()


@pytest.mark.parametrize("brand", BRANDS)
def test_a_mask_shows_the_last_four_digits_of_a_number_of_any_length(cards, brand):
    number = BRANDS[brand]
    made = cards.create_payment_method(new_card(card_number=number, card_type=brand))
    card = cards.get_payment_method(made.id)
    assert card.card_number == "*" * (len(number) - 4) + number[-4:]
    assert card.credit_card_type == brand
    assert len(card.bank_identification_number) in (6, 8) and number.startswith(card.bank_identification_number)


def test_an_update_changes_what_it_names_and_leaves_the_rest(cards):
    holder = {"card_holder_name": "Amy", "address_line1": "12 King Street", "city": "Toronto", "country": "Canada"}
    id = cards.create_payment_method(new_card("A-1", Mark__c="first", Kept__c="yes", card_holder_info=holder)).id

    info = UpdaterPaymentMethodRequestAccountHolderInfo(city="Montréal", state="QC", phone="514-555-0100")
    updated = cards.update_payment_method(
        id, changes(expiration_month=1, expiration_year=YEAR + 1, account_holder_info=info, Mark__c="second")
    )
    assert updated.success and updated.id == id

    card = cards.get_payment_method(id)
    assert (card.expiration_month, card.expiration_year) == (1, YEAR + 1)
    assert card.account_holder_info.to_dict() == {
        "accountHolderName": "Amy",
        "addressLine1": "12 King Street",
        "city": "Montréal",
        "country": "Canada",
        "state": "Quebec",
        "phone": "514-555-0100",
    }
    assert card.additional_properties["Mark__c"] == "second"
    assert card.additional_properties["Kept__c"] == "yes"


def test_the_failure_counter_takes_what_fits_in_it(cards):
    id = cards.create_payment_method(new_card()).id
    for count in (100, 0, 5):
        assert cards.update_payment_method(id, changes(numConsecutiveFailures=count)).success
        assert cards.get_payment_method(id).num_consecutive_failures == count
    for count in (-1, 101):
        with pytest.raises(BadRequestException) as refused:
            cards.update_payment_method(id, changes(numConsecutiveFailures=count))
        assert categories(refused) == [20]
    assert cards.get_payment_method(id).num_consecutive_failures == 5


def test_a_custom_field_is_cleared_by_null(cards):
    id = cards.create_payment_method(new_card(Mark__c="there")).id
    cards.update_payment_method(id, changes(Mark__c=None))
    assert cards.get_payment_method(id).additional_properties.get("Mark__c") is None


def test_a_card_may_have_a_retry_rule_of_its_own(cards):
    id = cards.create_payment_method(new_card("A-1")).id
    cards.update_payment_method(
        id, changes(use_default_retry_rule=False, payment_retry_window=24, max_consecutive_payment_failures=3)
    )
    card = cards.get_payment_method(id)
    assert card.use_default_retry_rule is False
    assert (card.payment_retry_window, card.max_consecutive_payment_failures) == (24, 3)


def test_a_stored_credential_is_kept_with_the_day_of_its_agreement(cards):
    id = cards.create_payment_method(
        new_card(
            mit_profile_action="Persist",
            mit_profile_type="Recurring",
            mit_consent_agreement_src="External",
            mit_consent_agreement_ref="Terms of May",
            mit_network_transaction_id="NTI-1",
            mit_profile_agreed_on=date(2026, 5, 4),
        )
    ).id
    mandate = cards.get_payment_method(id).mandate_info
    assert (mandate.mit_profile_action, mandate.mit_profile_type) == ("Persist", "Recurring")
    assert (mandate.mit_consent_agreement_src, mandate.mit_consent_agreement_ref) == ("External", "Terms of May")
    assert (mandate.mit_transaction_id, str(mandate.mit_profile_agreed_on)) == ("NTI-1", "2026-05-04")


def test_an_orphan_is_given_to_an_account_once(cards, accounts):
    id = cards.create_payment_method(new_card()).id
    assert cards.get_payment_method(id).additional_properties["accountKey"] is None

    assert cards.update_payment_method(id, changes(account_key="A-1")).id == id
    card = cards.get_payment_method(id)
    assert card.is_default
    listed = accounts.get_account_payment_methods("A-1")
    assert [item["id"] for item in listed.additional_properties["creditcard"]] == [id]

    with pytest.raises(BadRequestException) as refused:
        cards.update_payment_method(id, changes(account_key="A-2"))
    assert categories(refused) == [30]
    assert cards.get_payment_method(id).additional_properties["accountKey"] == card.additional_properties["accountKey"]


def test_a_duplicate_is_refused_if_it_is_asked_for(cards):
    first = new_card("A-1")
    cards.create_payment_method(first)
    for asked in (
        {"check_duplicated": True},
        {"processing_options": PaymentMethodRequestProcessingOptions(check_duplicated=True)},
    ):
        with pytest.raises(BadRequestException) as refused:
            cards.create_payment_method(new_card("A-1", **asked))
        assert categories(refused) == [30]
    assert cards.create_payment_method(new_card("A-2", check_duplicated=True)).success
    assert cards.create_payment_method(first).success


def test_a_card_is_verified_at_the_gateway(cards):
    good = cards.create_payment_method(new_card()).id
    verified = cards.verify_payment_method(good, VerifyPaymentMethodRequest(currency_code="USD", security_code="111"))
    assert verified.success and verified.payment_method_id == good

    with pytest.raises(BadRequestException) as declined:
        cards.create_payment_method(new_card(card_number=DECLINED))
    assert categories(declined) == [30]
    bad = cards.create_payment_method(new_card(card_number=DECLINED, skip_validation=True)).id
    with pytest.raises(BadRequestException) as declined:
        cards.verify_payment_method(bad, VerifyPaymentMethodRequest())
    assert categories(declined) == [30]
    assert "Transaction declined" in declined.value.data.reasons[0].message


def test_a_deleted_card_is_gone_and_the_default_cannot_be_deleted(cards):
    default, other = (cards.create_payment_method(new_card("A-1")).id for _ in range(2))
    with pytest.raises(BadRequestException) as refused:
        cards.delete_payment_method(default)
    assert categories(refused) == [30]
    assert cards.delete_payment_method(other).success
    for call in (cards.get_payment_method, cards.delete_payment_method, cards.scrub_payment_method):
        with pytest.raises(NotFoundException):
            call(other)
    assert cards.get_payment_method(default).is_default


def test_a_scrubbed_card_is_a_record_without_its_data_for_good(cards, accounts):
    holder = {"card_holder_name": "Amy", "address_line1": "12 King Street", "city": "Toronto", "country": "Canada"}
    id = cards.create_payment_method(new_card("A-1", card_holder_info=holder, Mark__c="Amy's")).id
    assert cards.scrub_payment_method(id).success

    card = cards.get_payment_method(id)
    assert (card.status, card.is_default, card.card_number) == ("Scrubbed", False, "Record Scrubbed")
    assert (card.expiration_month, card.expiration_year) == (12, 2000)
    assert card.account_holder_info.account_holder_name == "Record Scrubbed"
    assert card.account_holder_info.country == "0"
    text = str(card.to_dict())
    assert "Amy" not in text and "1111" not in text and "King" not in text

    for again in (
        lambda: cards.scrub_payment_method(id),
        lambda: cards.update_payment_method(id, changes(expiration_month=1)),
        lambda: cards.verify_payment_method(id, VerifyPaymentMethodRequest()),
    ):
        with pytest.raises(BadRequestException) as refused:
            again()
        assert categories(refused) == [30]
    with pytest.raises(NotFoundException):
        accounts.get_account_default_payment_method("A-1")
