"""Object query: filters, fields, order, pages, and the account beside the card."""

from datetime import datetime

import pytest
from zuora_sdk.exceptions import BadRequestException, NotFoundException

from sdk.build import NOBODY, YEAR, new_account, new_card


@pytest.fixture
def three(cards):
    """The ids of a Visa, an older Visa, and an American Express, which expire one year after another."""
    return [
        cards.create_payment_method(new_card("A-1", expiration_year=YEAR + later, Mark__c=f"m{later}", **brand)).id
        for later, brand in enumerate([{}, {}, {"card_type": "AmericanExpress", "card_number": "378282246310005"}])
    ]


def ids(answer):
    return [card.id for card in answer.data]


def test_all_conditions_must_hold(queries, three):
    first, second, american = three
    for filters, expected in [
        (None, {first, second, american}),
        (["creditCardType.EQ:Visa"], {first, second}),
        (["creditCardType.NE:Visa"], {american}),
        (["creditCardType.IN:[AmericanExpress,JCB]"], {american}),
        ([f"creditCardExpirationYear.GT:{YEAR}"], {second, american}),
        ([f"creditCardExpirationYear.GE:{YEAR + 1}", "creditCardType.EQ:Visa"], {second}),
        ([f"creditCardExpirationYear.LT:{YEAR}"], set()),
        (["creditCardHolderName.SW:Amy"], {first, second, american}),
        (["Mark__c.EQ:m1"], {second}),
        (["email.EQ:null"], {first, second, american}),
        ([f"id.EQ:{american}"], {american}),
    ]:
        assert set(ids(queries.query_payment_methods(filter=filters))) == expected, filters


def test_a_list_is_sorted_and_shows_the_fields_that_are_named(queries, three):
    first, second, american = three
    for sort, expected in [
        (["creditCardExpirationYear.ASC"], [first, second, american]),
        (["creditCardExpirationYear.DESC"], [american, second, first]),
        (None, [american, second, first]),
    ]:
        assert ids(queries.query_payment_methods(sort=sort)) == expected, sort

    shown = queries.query_payment_methods(fields=["id", "creditCardMaskNumber", "Mark__c"], sort=["createdDate.ASC"])
    assert [card.to_dict() for card in shown.data] == [
        {"id": first, "creditCardMaskNumber": "************1111", "Mark__c": "m0"},
        {"id": second, "creditCardMaskNumber": "************1111", "Mark__c": "m1"},
        {"id": american, "creditCardMaskNumber": "***********0005", "Mark__c": "m2"},
    ]


def test_pages_follow_each_other_until_there_is_none(queries, three):
    seen, sizes, cursor = [], [], None
    while True:
        page = queries.query_payment_methods(page_size=2, cursor=cursor, sort=["creditCardExpirationYear.ASC"])
        seen += ids(page)
        sizes.append(len(page.data))
        cursor = page.next_page
        if cursor is None:
            break
    assert (seen, sizes) == (three, [2, 1])


def test_the_account_comes_along(queries, accounts, cards):
    accounts.create_account(new_account(account_number="A-1"))
    id = cards.create_payment_method(new_card("A-1")).id
    (card,) = queries.query_payment_methods(filter=[f"id.EQ:{id}"], expand=["account"]).data
    assert (card.account.account_number, card.account.name) == ("A-1", "Amy Lawrence's Account")
    assert card.account.id == card.account_id
    assert card.account.default_payment_method_id == id


def test_one_card_is_found_by_its_key(queries, cards):
    id = cards.create_payment_method(
        new_card("A-1", Mark__c="there", card_holder_info={"card_holder_name": "Amy", "country": "CH", "state": "Uri"})
    ).id
    card = queries.query_payment_method_by_key(id, expand=["account"])
    assert (card.id, card.type, card.payment_method_status, card.active) == (id, "CreditCard", "Active", True)
    assert (card.credit_card_mask_number, card.credit_card_type) == ("************1111", "Visa")
    assert (card.credit_card_expiration_month, card.credit_card_expiration_year) == (8, YEAR)
    assert (card.credit_card_holder_name, card.credit_card_country) == ("Amy", "Switzerland")
    assert (card.credit_card_state, card.account.account_number) == ("Uri", "A-1")
    assert card.additional_properties["Mark__c"] == "there"
    for moment in (card.created_date, card.updated_date):
        assert datetime.strptime(str(moment), "%Y-%m-%dT%H:%M:%SZ")
    with pytest.raises(NotFoundException):
        queries.query_payment_method_by_key(NOBODY)


@pytest.mark.parametrize(
    "bad",
    [
        {"filter": ["colour.EQ:red"]},
        {"filter": ["creditCardType.LIKE:Visa"]},
        {"filter": ["creditCardExpirationYear.EQ:soon"]},
        {"fields": ["colour"]},
        {"sort": ["createdDate.UP"]},
        {"sort": ["createdDate.ASC", "id.ASC"]},
        {"cursor": "none of ours"},
        {"expand": ["invoices"]},
    ],
    ids=str,
)
def test_a_parameter_that_is_wrong_is_refused(queries, bad):
    with pytest.raises(BadRequestException) as refused:
        queries.query_payment_methods(**bad)
    (reason,) = refused.value.data.additional_properties["reasons"]
    assert reason["code"] % 100 == 27
    assert refused.value.data.additional_properties["requestId"] == refused.value.zuora_request_id
