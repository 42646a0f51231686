"""A client of the official SDK for each test, in an entity of the test's own."""

import json

import pytest
from zuora_sdk.zuora_client import ZuoraClient


def sign_in(installation, credentials):
    """As a program does it: the SDK itself is left as it is."""
    client = ZuoraClient(credentials.client_id, credentials.client_secret, env=None)
    client.set_base_url(installation.url)
    # `initialize` would do the same and start a thread, which takes five seconds to stop.
    client.refresh_token()
    return client


@pytest.fixture
def sign_in_as(installation):
    """Makes further clients, from credentials."""
    return lambda credentials: sign_in(installation, credentials)


@pytest.fixture
def credentials(installation):
    return installation.client()


@pytest.fixture
def client(installation, credentials):
    return sign_in(installation, credentials)


@pytest.fixture
def cards(client):
    return client.payment_methods_api()


@pytest.fixture
def accounts(client):
    return client.accounts_api()


@pytest.fixture
def actions(client):
    return client.actions_api()


@pytest.fixture
def queries(client):
    return client.object_queries_api()


@pytest.fixture
def call(client):
    """Sends one request the way the SDK's own methods do, and returns what came back, read as JSON."""

    def call(method, path, body=None, path_params=None, **query):
        api = client.api_client
        headers = {"Accept": "application/json", **({"Content-Type": "application/json"} if body else {})}
        request = api.param_serialize(
            method, path, path_params=path_params, query_params=list(query.items()), header_params=headers, body=body
        )
        response = api.call_api(*request)
        response.read()
        api.response_deserialize(response, {"200": "object", "400": "CommonResponse"})
        return json.loads(response.data)

    return call
