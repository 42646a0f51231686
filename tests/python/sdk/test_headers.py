"""Names for calls, keys against doing things twice, entities, and gzip."""

import json
import uuid

import pytest
from zuora_sdk.exceptions import ApiException, BadRequestException, ForbiddenException, NotFoundException

from sdk.build import NOBODY, changes, new_card


def test_a_call_has_the_name_it_was_given_and_one_of_ours(cards, queries):
    made = cards.create_payment_method_with_http_info(new_card("A-1"), zuora_track_id="invoice run #7")
    assert made.zuora_track_id == "invoice run #7"
    again = cards.get_payment_method_with_http_info(made.data.id)
    assert again.zuora_track_id == ""
    assert len({uuid.UUID(answer.zuora_request_id) for answer in (made, again)}) == 2

    with pytest.raises(NotFoundException) as missing:
        cards.get_payment_method(NOBODY, zuora_track_id="nobody")
    assert missing.value.zuora_track_id == "nobody"
    assert json.loads(missing.value.body)["requestId"] == missing.value.zuora_request_id
    with pytest.raises(NotFoundException) as missing:
        queries.query_payment_method_by_key(NOBODY, zuora_track_id="nobody")
    assert missing.value.zuora_track_id == "nobody"


def test_a_name_with_forbidden_characters_is_refused(cards):
    for bad in ("a:b", "a;b", "a'b", 'a"b'):
        with pytest.raises(BadRequestException) as refused:
            cards.get_payment_method(NOBODY, zuora_track_id=bad)
        assert [reason.code for reason in refused.value.data.reasons] == [50000020]
        assert refused.value.zuora_track_id == ""


def test_a_key_makes_a_create_safe_to_repeat(cards, accounts):
    first, again = (cards.create_payment_method(new_card("A-1"), idempotency_key="k-1") for _ in range(2))
    assert first.id == again.id
    assert cards.create_payment_method(new_card("A-1"), idempotency_key="k-2").id != first.id
    assert len(accounts.get_account_payment_methods("A-1").additional_properties["creditcard"]) == 2

    with pytest.raises(ApiException) as reused:
        cards.create_payment_method(new_card("A-2"), idempotency_key="k-1")
    assert reused.value.status == 422
    with pytest.raises(BadRequestException) as refused:
        cards.create_payment_method(new_card("A-1", expiration_month=13), idempotency_key="k-3")
    with pytest.raises(BadRequestException) as replayed:
        cards.create_payment_method(new_card("A-1", expiration_month=13), idempotency_key="k-3")
    assert [reason.code for reason in replayed.value.data.reasons] == [
        reason.code for reason in refused.value.data.reasons
    ]


def test_a_key_belongs_to_its_entity(installation, sign_in_as, cards):
    other = sign_in_as(installation.client()).payment_methods_api()
    assert cards.create_payment_method(new_card(), idempotency_key="k").id != (
        other.create_payment_method(new_card(), idempotency_key="k").id
    )


def test_a_client_of_two_entities_names_the_one_it_means(installation, sign_in_as):
    first, second = installation.entity(), installation.entity()
    client = sign_in_as(installation.client(first, second))
    cards = client.payment_methods_api()
    with pytest.raises(ForbiddenException):
        cards.create_payment_method(new_card("A-1"))
    id = cards.create_payment_method(new_card("A-1"), zuora_entity_ids=first).id

    assert cards.get_payment_method(id, zuora_entity_ids=first).id == id
    assert cards.get_payment_method(id, zuora_entity_ids=first.replace("-", "")).id == id
    with pytest.raises(NotFoundException):
        cards.get_payment_method(id, zuora_entity_ids=second)
    with pytest.raises(ForbiddenException):
        cards.get_payment_method(id, zuora_entity_ids=installation.entity())
    with pytest.raises(BadRequestException):
        cards.get_payment_method(id, zuora_entity_ids=f"{first},{second}")

    client.set_entity_id(first)
    assert cards.get_payment_method(id).id == id
    assert [card.id for card in client.object_queries_api().query_payment_methods().data] == [id]


def test_a_long_answer_is_compressed_and_a_short_one_is_not(client, cards):
    id = cards.create_payment_method(new_card("A-1")).id
    plain = cards.get_payment_method(id)
    client.set_accept_encoding("gzip")
    long = cards.get_payment_method_with_http_info(id)
    assert long.content_encoding == "gzip" and len(long.raw_data) > 1000
    assert long.data.to_dict() == plain.to_dict()
    short = cards.update_payment_method_with_http_info(id, changes(expiration_month=1))
    assert short.content_encoding == ""


def test_a_plain_body_that_is_called_gzip_is_refused(cards, accounts):
    # The SDK sets the header and leaves the body as it is.
    with pytest.raises(BadRequestException) as refused:
        cards.create_payment_method(new_card("A-1"), content_encoding="gzip")
    assert [reason.code % 100 for reason in refused.value.data.reasons] == [90]
    with pytest.raises(NotFoundException):
        accounts.get_account("A-1")
