"""What goes wrong, as a program written with the SDK sees it."""

import json

import pytest
from zuora_sdk import OAuthApi, ProxyActioncreateRequest
from zuora_sdk.exceptions import (
    BadRequestException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
)

from sdk.build import NOBODY, categories, changes, new_account, new_card, record


def test_several_bad_fields_are_one_bad_request(cards):
    with pytest.raises(BadRequestException) as refused:
        cards.create_payment_method(new_card(card_number="4111111111111112", expiration_month=13, cvv="1"))
    assert categories(refused) == [21]
    with pytest.raises(BadRequestException) as refused:
        cards.create_payment_method(new_card(card_number="4111111111111112", expiration_month=13))
    error = refused.value
    assert error.status == 400
    assert sorted(categories(refused)) == [20, 20]
    assert all("4111" not in reason.message for reason in error.data.reasons)
    assert error.data.success is False
    assert len(error.data.process_id) == 16
    assert error.data.request_id == error.zuora_request_id


def test_a_required_field_that_is_missing_is_named(cards):
    with pytest.raises(BadRequestException) as refused:
        cards.create_payment_method(new_card(card_number=None))
    (reason,) = refused.value.data.reasons
    assert (reason.code % 100, reason.message) == (22, "'cardNumber' is required")


def test_another_type_is_refused_with_the_list_of_what_there_is(cards):
    with pytest.raises(BadRequestException) as refused:
        cards.create_payment_method(new_card(type="PayPalEC"))
    assert "CreditCard" in refused.value.data.reasons[0].message


def test_what_does_not_exist_is_not_found(cards):
    for id in (NOBODY, "none", "a/b c"):
        with pytest.raises(NotFoundException) as missing:
            cards.get_payment_method(id)
        body = json.loads(missing.value.body)
        assert body["reasons"] == [{"code": 50000040, "message": f"Cannot find entity by key: '{id}'."}]


def test_what_belongs_to_another_entity_does_not_exist(installation, sign_in_as, cards, accounts):
    id = cards.create_payment_method(new_card("A-1")).id
    other = sign_in_as(installation.client())
    for call in (
        lambda: other.payment_methods_api().get_payment_method(id),
        lambda: other.payment_methods_api().update_payment_method(id, changes(expiration_month=1)),
        lambda: other.payment_methods_api().delete_payment_method(id),
        lambda: other.payment_methods_api().scrub_payment_method(id),
        lambda: other.accounts_api().get_account("A-1"),
        lambda: other.object_queries_api().query_payment_method_by_key(id),
    ):
        with pytest.raises(NotFoundException):
            call()
    with pytest.raises(NotFoundException):
        other.accounts_api().create_account(new_account(hpm_credit_card_payment_method_id=id))
    assert other.object_queries_api().query_payment_methods().data == []
    assert cards.get_payment_method(id).expiration_month == 8


def test_a_client_that_may_only_read_cannot_write(installation, sign_in_as, credentials, cards):
    id = cards.create_payment_method(new_card("A-1")).id
    reader = sign_in_as(installation.client(*credentials.entities, rights=["read"]))
    assert reader.payment_methods_api().get_payment_method(id).id == id
    with pytest.raises(ForbiddenException) as refused:
        reader.payment_methods_api().delete_payment_method(id)
    assert refused.value.status == 403
    (reason,) = refused.value.data.additional_properties["reasons"]
    assert reason["code"] % 100 == 10
    with pytest.raises(ForbiddenException) as refused:
        reader.actions_api().action_post_create(
            ProxyActioncreateRequest(type="PaymentMethod", objects=[record("A-1")])
        )
    assert refused.value.data.code % 100 == 10 and refused.value.data.message


def test_scrubbing_needs_a_right_of_its_own(installation, sign_in_as, credentials, cards):
    id = cards.create_payment_method(new_card("A-1")).id
    writer = sign_in_as(installation.client(*credentials.entities, rights=["read", "write"])).payment_methods_api()
    with pytest.raises(ForbiddenException):
        writer.scrub_payment_method(id)
    assert writer.update_payment_method(id, changes(expiration_month=1)).success


def test_without_a_token_nothing_is_answered(client, cards, actions):
    del client.api_client.default_headers["Authorization"]
    with pytest.raises(UnauthorizedException) as refused:
        cards.get_payment_method(NOBODY)
    assert refused.value.data.additional_properties["reasons"] == [
        {"code": 90000011, "message": "this resource is protected, please sign in first"}
    ]
    with pytest.raises(UnauthorizedException) as refused:
        actions.action_post_create(ProxyActioncreateRequest(type="PaymentMethod", objects=[record("A-1")]))
    assert refused.value.data.message == "Authentication error"
    client.add_default_header("Authorization", "Bearer nonsense")
    with pytest.raises(UnauthorizedException):
        cards.get_payment_method(NOBODY)


def test_a_wrong_secret_gets_no_token(client, credentials):
    tokens = OAuthApi(client.api_client)
    del client.api_client.default_headers["Authorization"]
    good = tokens.create_token(credentials.client_id, credentials.client_secret, "client_credentials")
    assert good.token_type == "bearer" and 0 < good.expires_in <= 3600
    assert f"entity.{credentials.entities[0]}" in good.scope.split()
    for id, secret in ((credentials.client_id, "wrong"), (NOBODY.ljust(36, "0"), credentials.client_secret)):
        with pytest.raises(UnauthorizedException):
            tokens.create_token(id, secret, "client_credentials")
    with pytest.raises(BadRequestException):
        tokens.create_token(credentials.client_id, credentials.client_secret, "password")


@pytest.mark.parametrize("version", ["2024-05-20", "2025-08-12"])
def test_recent_versions_have_real_statuses(client, cards, version):
    client.set_zuora_version(version)
    with pytest.raises(NotFoundException):
        cards.get_payment_method(NOBODY)


@pytest.mark.parametrize("version", [None, "186.0", "341.0", "2024-05-19", "newest"])
def test_older_versions_hide_errors_behind_a_200(client, cards, accounts, version):
    if version:
        client.set_zuora_version(version)
    else:
        del client.api_client.default_headers["Zuora-Version"]
    missing = cards.get_payment_method(NOBODY).additional_properties
    assert missing["success"] is False
    assert missing["reasons"] == [{"code": 50000040, "message": f"Cannot find entity by key: '{NOBODY}'."}]
    assert len(missing["processId"]) == 16

    refused = cards.create_payment_method(new_card(expiration_month=13))
    assert refused.success is False and refused.id is None
    assert [reason.code % 100 for reason in refused.reasons] == [20]
    assert accounts.create_account(new_account(account_number="~")).success is False
    assert cards.create_payment_method(new_card("A-1")).success is True


@pytest.mark.parametrize("version", [None, "186.0"])
def test_actions_and_queries_have_real_statuses_in_every_version(client, actions, queries, version):
    if version:
        client.set_zuora_version(version)
    else:
        del client.api_client.default_headers["Zuora-Version"]
    with pytest.raises(BadRequestException):
        actions.action_post_create(ProxyActioncreateRequest(type="Invoice", objects=[{}]))
    with pytest.raises(NotFoundException):
        queries.query_payment_method_by_key(NOBODY)
