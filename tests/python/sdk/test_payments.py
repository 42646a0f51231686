"""The transaction log and the snapshots of payments, which are told by a call that the SDK has no method for."""

import pytest
from zuora_sdk.exceptions import NotFoundException

from sdk.build import NOBODY, new_card


@pytest.fixture
def declined(call, cards):
    """A card, and what was answered to a payment with it that failed."""
    id = cards.create_payment_method(new_card("A-1")).id
    outcome = {
        "paymentId": "ch_1",
        "result": "failed",
        "code": "card_declined",
        "time": "2026-01-31T12:00:00Z",
        "gateway": "stripe",
    }
    path = "/v1/payment-methods/{payment-method-id}/outcomes"
    return id, call("POST", path, outcome, {"payment-method-id": id})


def test_a_payment_counts_and_is_in_the_log(client, cards, declined):
    id, noted = declined
    card = cards.get_payment_method(id)
    assert (card.num_consecutive_failures, card.total_number_of_error_payments) == (1, 1)
    logs = client.payment_method_transaction_logs_api()
    log = logs.get_payment_method_transaction_log(noted["paymentMethodTransactionLogId"])
    assert (log.payment_method_id, log.gateway, log.gateway_reason_code) == (id, "stripe", "card_declined")
    assert log.transaction_id == "ch_1"


def test_a_snapshot_shows_the_card_as_it_was(client, queries, declined):
    id, noted = declined
    snapshots = client.payment_method_snapshots_api()
    snapshot = snapshots.get_payment_method_snapshot(noted["paymentMethodSnapshotId"], fields="Id,CreditCardMaskNumber")
    assert snapshot.credit_card_mask_number == "************1111"
    listed = queries.query_payment_method_snapshots(filter=[f"paymentMethodId.EQ:{id}"])
    assert [found.id for found in listed.data] == [noted["paymentMethodSnapshotId"]]
    found = queries.query_payment_method_snapshot_by_key(noted["paymentMethodSnapshotId"])
    assert found.payment_method_id == id


def test_what_is_not_there_is_not_found(client):
    with pytest.raises(NotFoundException) as missing:
        client.payment_method_snapshots_api().get_payment_method_snapshot(NOBODY)
    assert missing.value.data.done
    with pytest.raises(NotFoundException):
        client.payment_method_transaction_logs_api().get_payment_method_transaction_log(NOBODY)
