"""Actions: up to fifty records in a call, each with its own result, and ZOQL."""

import pytest
from zuora_sdk import (
    ProxyActioncreateRequest,
    ProxyActiondeleteRequest,
    ProxyActionqueryMoreRequest,
    ProxyActionqueryMoreRequestConf,
    ProxyActionqueryRequest,
    ProxyActionupdateRequest,
    ZObjectUpdate,
)
from zuora_sdk.exceptions import BadRequestException, NotFoundException

from sdk.build import DECLINED, NOBODY, YEAR, new_card, record

MASK = "************1111"


def create(actions, *objects, **options):
    return actions.action_post_create(ProxyActioncreateRequest(type="PaymentMethod", objects=list(objects)), **options)


def update(actions, *objects, **options):
    objects = [ZObjectUpdate(**object) for object in objects]
    return actions.action_postupdate(ProxyActionupdateRequest(type="PaymentMethod", objects=objects), **options)


def delete(actions, *ids):
    return actions.action_post_delete(ProxyActiondeleteRequest(type="PaymentMethod", ids=list(ids)))


def query(actions, zoql, **conf):
    conf = ProxyActionqueryMoreRequestConf(**conf) if conf else None
    return actions.action_post_query(ProxyActionqueryRequest(query_string=zoql, conf=conf))


def codes(result):
    return [error.code for error in result.errors]


def test_records_are_made_read_changed_and_deleted(actions, cards):
    default, other = create(actions, record("A-1"), record("A-1", Mark__c="first", Phone="555-0100"))
    assert default.success and other.success and default.errors is None

    card = cards.get_payment_method(other.id)
    assert (card.card_number, card.expiration_month, card.expiration_year) == (MASK, 8, YEAR)
    assert card.additional_properties["Mark__c"] == "first"

    (changed,) = update(
        actions,
        {
            "id": other.id,
            "fields_to_null": ["Phone"],
            "CreditCardHolderName": "Leo",
            "CreditCardCountry": "DEU",
            "NumConsecutiveFailures": 7,
            "Mark__c": "second",
        },
        x_zuora_wsdl_version="79",
    )
    assert changed.success and changed.id == other.id
    card = cards.get_payment_method(other.id)
    assert card.account_holder_info.to_dict() == {"accountHolderName": "Leo", "country": "Germany"}
    assert card.num_consecutive_failures == 7
    assert card.additional_properties["Mark__c"] == "second"

    (gone,) = delete(actions, other.id)
    assert gone.success and gone.id == other.id
    with pytest.raises(NotFoundException):
        cards.get_payment_method(other.id)


def test_each_object_has_its_own_result_in_the_order_of_the_call(actions):
    results = create(
        actions,
        record("A-1"),
        record("A-1", CreditCardNumber="4111111111111112"),
        record("A-1", CreditCardNumber=DECLINED),
        record("A-1", CreditCardExpirationYear=2001),
        {},
        record("A-1", Type="ACH"),
        record("A-2"),
    )
    assert [result.success for result in results] == [True, False, False, False, False, False, True]
    assert [codes(result)[0] for result in results[1:6]] == [
        "INVALID_VALUE",
        "TRANSACTION_FAILED",
        "INVALID_VALUE",
        "MISSING_REQUIRED_VALUE",
        "INVALID_TYPE",
    ]
    assert "4111111111111112" not in str(results)

    good, bad = update(actions, {"id": results[0].id, "Email": "amy@example.com"}, {"id": NOBODY, "Email": "a@b.c"})
    assert good.success and codes(bad) == ["INVALID_ID"]
    assert bad.errors[0].message == "invalid id for update"
    default, missing, nothing = delete(actions, results[0].id, NOBODY, "no id at all")
    assert [codes(result)[0] for result in (default, missing, nothing)] == ["CANNOT_DELETE", "INVALID_ID", "INVALID_ID"]


def test_fifty_objects_are_taken_and_one_more_is_refused(actions):
    made = create(actions, *(record("A-1") for _ in range(50)))
    assert len({result.id for result in made if result.success}) == 50
    assert query(actions, "select Id from PaymentMethod").size == 50

    with pytest.raises(BadRequestException) as refused:
        create(actions, *(record("A-1") for _ in range(51)))
    assert refused.value.data.fault_code == "MAX_RECORDS_EXCEEDED"
    with pytest.raises(BadRequestException) as refused:
        update(actions, *({"id": made[0].id} for _ in range(51)))
    assert refused.value.data.fault_code == "MAX_RECORDS_EXCEEDED"
    with pytest.raises(BadRequestException) as refused:
        delete(actions, *(made[0].id for _ in range(51)))
    assert "MAX_RECORDS_EXCEEDED" in str(refused.value.data.additional_properties)
    assert query(actions, "select Id from PaymentMethod").size == 50


def test_unknown_fields_are_ignored_unless_the_caller_wants_them_refused(actions):
    strange = record("A-1", Colour="red")
    (ignored,) = create(actions, strange)
    assert ignored.success
    for call in (
        lambda: create(actions, strange, reject_unknown_fields=True),
        lambda: update(actions, {"id": ignored.id, "Colour": "red"}, reject_unknown_fields=True),
    ):
        with pytest.raises(BadRequestException) as refused:
            call()
        assert refused.value.data.additional_properties == {"message": "Error - unrecognised fields"}
    assert create(actions, record("A-1", Colour__c="red"), reject_unknown_fields=True)[0].success
    assert query(actions, "select Id from PaymentMethod").size == 2


def test_other_objects_are_refused_as_a_whole(actions):
    with pytest.raises(BadRequestException) as refused:
        actions.action_post_create(ProxyActioncreateRequest(type="Account", objects=[{"Name": "Amy"}]))
    assert refused.value.data.fault_code == "INVALID_TYPE"


def test_a_query_compares_and_shows_what_it_names(actions, cards):
    ids = [cards.create_payment_method(new_card(account, Mark__c=account)).id for account in ("A-1", "A-1", "A-2")]
    cards.create_payment_method(new_card(card_number="378282246310005", card_type="AmericanExpress"))
    account = cards.get_payment_method(ids[0]).additional_properties["accountKey"]

    found = query(actions, f"select Id, CreditCardMaskNumber, Mark__c from PaymentMethod where AccountId = '{account}'")
    assert (found.done, found.size, found.query_locator) == (True, 2, None)
    assert sorted(found.records, key=lambda card: card["Id"]) == [
        {"Id": id, "CreditCardMaskNumber": MASK, "Mark__c": "A-1"} for id in sorted(ids[:2])
    ]
    for condition, count in {
        "CreditCardType = 'Visa'": 3,
        "CreditCardType != 'Visa'": 1,
        f"CreditCardExpirationYear > {YEAR - 1} and CreditCardExpirationMonth <= 8": 4,
        f"CreditCardExpirationYear < {YEAR}": 0,
        f"Id = '{ids[2]}' or CreditCardType = 'AmericanExpress'": 2,
        "Mark__c = 'A-2'": 1,
        "PaymentMethodStatus = 'Active'": 4,
    }.items():
        assert query(actions, f"select Id from PaymentMethod where {condition}").size == count, condition


def test_a_long_answer_comes_in_batches(actions):
    made = {result.id for result in create(actions, *(record("A-1") for _ in range(5)))}
    batch = query(actions, "select Id from PaymentMethod", batch_size=2)
    sizes, seen = [batch.size], [card["Id"] for card in batch.records]
    while not batch.done:
        conf = ProxyActionqueryMoreRequestConf(batch_size=2)
        batch = actions.action_postquery_more(
            ProxyActionqueryMoreRequest(query_locator=batch.query_locator, conf=conf)
        )
        sizes.append(batch.size)
        seen += [card["Id"] for card in batch.records]
    assert sizes == [2, 2, 1]
    assert len(seen) == 5 and set(seen) == made


@pytest.mark.parametrize(
    ("zoql", "code"),
    [
        ("selec Id from PaymentMethod", "MALFORMED_QUERY"),
        ("select * from PaymentMethod", "MALFORMED_QUERY"),
        ("select Id from PaymentMethod where", "MALFORMED_QUERY"),
        ("select Id from PaymentMethod where Id = 'a", "MALFORMED_QUERY"),
        ("select Id, Colour from PaymentMethod", "INVALID_FIELD"),
        ("select Id from Account", "INVALID_TYPE"),
    ],
)
def test_a_query_that_cannot_be_answered_is_a_fault(actions, zoql, code):
    with pytest.raises(BadRequestException) as refused:
        query(actions, zoql)
    assert refused.value.data.fault_code == code
    assert refused.value.data.fault_message


def test_a_locator_that_is_none_is_a_fault(actions):
    with pytest.raises(BadRequestException) as refused:
        actions.action_postquery_more(ProxyActionqueryMoreRequest(query_locator="q-2000"))
    assert refused.value.data.fault_code == "INVALID_VALUE"
