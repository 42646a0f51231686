"""A client as they were written in 2016: no SDK, no token, no Zuora-Version, the base path /rest/v1.

Bodies of requests and the shapes of answers are those that were recorded of Zuora's sandbox in 2016 and 2017.
"""

import base64
import gzip
import json
import urllib.error
import urllib.request
from datetime import datetime, timezone
from typing import NamedTuple

import pytest

YEAR = datetime.now(timezone.utc).year + 3
NOBODY = "2c92c0fa52e3f6790152f11fd4fd1fcfx"
CARD = {
    "accountKey": "A00000369",
    "creditCardType": "Visa",
    "creditCardNumber": "4111111111111111",
    "expirationMonth": "03",
    "expirationYear": str(YEAR),
    "cardHolderInfo": {
        "cardHolderName": "Joe Schmoe",
        "addressLine1": "77 Main Street",
        "city": "Lincoln",
        "state": "NE",
        "country": "USA",
        "zipCode": "68508",
    },
}


class Answer(NamedTuple):
    status: int
    headers: object
    json: object


class Client:
    def __init__(self, base, credentials):
        self.base = base
        self.headers = {
            "User-Agent": "Faraday v0.9.2",
            "Content-Type": "application/json",
            "Accept-Encoding": "gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
            "Accept": "*/*",
            **credentials,
        }

    def call(self, method, path, body=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {**self.headers, **headers}, method=method)
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            content = answer.read()
            if answer.headers["Content-Encoding"] == "gzip":
                content = gzip.decompress(content)
            return Answer(answer.status, answer.headers, json.loads(content))


def basic(client):
    pair = base64.b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def access_keys(client):
    return {"apiAccessKeyId": client.client_id, "apiSecretAccessKey": client.client_secret}


@pytest.fixture(params=[basic, access_keys], ids=lambda way: way.__name__)
def client(request, installation):
    return Client(f"{installation.url}/rest/v1", request.param(installation.client()))


@pytest.fixture
def card(client):
    """The id of a card of account A00000369."""
    return client.call("POST", "/payment-methods/credit-cards", CARD).json["paymentMethodId"]


def test_an_account_is_opened_with_a_card_from_a_hosted_page(client):
    holder = {"type": "CreditCard", "cardType": "Visa", "cardNumber": "4111111111111111", "expirationMonth": 3}
    orphan = client.call(
        "POST",
        "/payment-methods",
        {**holder, "expirationYear": YEAR, "cardHolderInfo": {"cardHolderName": "Joe Schmoe"}},
    ).json["id"]
    opened = client.call(
        "POST",
        "/accounts",
        {
            "name": "Account Name",
            "hpmCreditCardPaymentMethodId": orphan,
            "currency": "USD",
            "billCycleDay": "1",
            "billToContact": {"firstName": "Joe", "lastName": "Schmoe", "country": "USA"},
        },
    )
    assert opened.status == 200
    assert opened.json.keys() == {"success", "accountId", "accountNumber", "paymentMethodId"}
    assert (opened.json["success"], opened.json["paymentMethodId"]) == (True, orphan)

    id = opened.json["accountId"]
    updated = client.call("PUT", f"/accounts/{id}", {"notes": "Adding some notes"})
    assert (updated.status, updated.json) == (200, {"success": True})

    account = client.call("GET", f"/accounts/{id}").json
    basic = account["basicInfo"]
    assert (basic["id"], basic["name"], basic["status"]) == (id, "Account Name", "Active")
    assert (basic["accountNumber"], basic["notes"]) == (opened.json["accountNumber"], "Adding some notes")
    assert account["billingAndPayment"]["currency"] == "USD"
    assert account["billingAndPayment"]["paymentGateway"] is None
    assert (account["billToContact"]["firstName"], account["success"]) == ("Joe", True)


def test_an_account_that_does_not_exist_is_a_failure_with_status_200(client):
    answer = client.call("GET", f"/accounts/{NOBODY}")
    assert answer.status == 200
    assert answer.json.keys() - {"requestId"} == {"success", "processId", "reasons"}
    assert answer.json["success"] is False
    assert int(answer.json["processId"], 16) and len(answer.json["processId"]) == 16
    assert answer.json["reasons"] == [{"code": 50000040, "message": f"Cannot find entity by key: '{NOBODY}'."}]


def test_a_card_is_created_updated_listed_and_deleted(client, card):
    second = client.call("POST", "/payment-methods/credit-cards", CARD).json["paymentMethodId"]
    change = {
        "cardHolderName": "Leo",
        "expirationMonth": 8,
        "expirationYear": YEAR,
        "gatewayOptions": {},
        "numConsecutiveFailures": 5,
        "securityCode": "111",
    }
    updated = client.call("PUT", f"/payment-methods/credit-cards/{second}", change)
    assert (updated.status, updated.json) == (200, {"paymentMethodId": second, "success": True})

    listed = client.call("GET", "/payment-methods/credit-cards/accounts/A00000369").json["creditCards"]
    assert [(shown["id"], shown["defaultPaymentMethod"]) for shown in listed] == [(second, False), (card, True)]
    assert listed[0]["cardHolderInfo"]["cardHolderName"] == "Leo"
    assert listed[0]["cardHolderInfo"]["state"] == "Nebraska"
    assert (listed[0]["expirationMonth"], listed[1]["expirationMonth"]) == (8, 3)

    deleted = client.call("DELETE", f"/payment-methods/{second}")
    assert deleted.status == 200 and deleted.json["success"] is True
    assert client.call("DELETE", f"/payment-methods/{card}").json["success"] is False


def test_the_sample_of_the_documents_is_refused_because_its_year_is_past(client, card):
    sample = {
        "cardHolderName": "Leo",
        "expirationMonth": 8,
        "expirationYear": 2015,
        "gatewayOptions": {},
        "numConsecutiveFailures": 5,
        "securityCode": "111",
    }
    answer = client.call("PUT", f"/payment-methods/credit-cards/{card}", sample)
    assert (answer.status, answer.json["success"]) == (200, False)
    assert answer.json["reasons"] == [{"code": 52500030, "message": "Expiration date must be a future date."}]


def test_unknown_fields_are_named_in_one_reason(client, card):
    answer = client.call("PUT", f"/payment-methods/credit-cards/{card}", {"invoice": True, "collect": False})
    (reason,) = answer.json["reasons"]
    assert answer.status == 200 and reason["code"] == 52500021
    # As recorded for another operation; in which order is not promised.
    assert reason["message"] in ("Invalid parameter(s): 'invoice,collect'.", "Invalid parameter(s): 'collect,invoice'.")


def test_an_id_that_is_none_fails_in_an_action_and_in_crud_as_recorded(client):
    error = {"Code": "INVALID_ID", "Message": "invalid id for update"}
    batch = {"objects": [{"Id": "2c93808457d787030157e0321fdf4fab", "Phone": "555-0100"}], "type": "PaymentMethod"}
    action = client.call("POST", "/action/update", batch)
    assert (action.status, action.json) == (200, [{"Errors": [error], "Success": False}])
    record = client.call("PUT", "/object/payment-method/2c92c0945e550c38015e592bdbb57faf", {"Phone": "555-0100"})
    assert (record.status, record.json) == (400, {"Errors": [error], "Success": False})


def test_wrong_credentials_are_told_to_sign_in(installation, client):
    good = installation.client()
    body = {
        "success": False,
        "reasons": [{"code": 90000011, "message": "this resource is protected, please sign in first"}],
    }
    for wrong in ({}, basic(good._replace(client_secret="wrong")), access_keys(good._replace(client_secret="wrong"))):
        answer = Client(client.base, wrong).call("GET", f"/accounts/{NOBODY}")
        del answer.json["requestId"]
        assert (answer.status, answer.json) == (401, body)
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_long_answer_is_compressed_for_a_client_that_says_so(client, card):
    assert client.call("GET", f"/payment-methods/{card}").headers["Content-Encoding"] == "gzip"
    plain = client.call("GET", f"/payment-methods/{card}", **{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.json["id"] == card
