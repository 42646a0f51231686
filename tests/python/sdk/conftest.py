"""A client of the official SDK for each test, in an entity of the test's own."""

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
