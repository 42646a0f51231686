"""A shop that has its customers here and its cards at Stripe."""

import itertools

import requests

numbers = itertools.count(1)


def session(peered, entity):
    client = peered.caller(entity)
    caller = requests.Session()
    caller.auth = (client.client_id, client.client_secret)
    caller.headers["Zuora-Version"] = "2024-05-20"
    return caller


class Shop:
    def __init__(self, peered, entity):
        self.caller, self.url = session(peered, entity), peered.url

    def customer(self):
        body = {"email": "a@b.example", "name": f"Shop {next(numbers)}", "phone": "+15550100"}
        return self.call("POST", "/api/customers/create", body, 201)["data"]["id"]

    def assign(self, customer, source):
        return self.call("POST", "/api/cards/assign", {"userId": customer, "source": source})["data"]["cardId"]

    def refused(self, customer, source, status):
        return self.call("POST", "/api/cards/assign", {"userId": customer, "source": source}, status)

    def shown(self, customer):
        return self.call("GET", f"/api/customers/{customer}")["data"]

    def sources(self, customer):
        return self.shown(customer)["sources"]["data"]

    def methods(self, customer):
        """The customer's cards as Zuora's API shows them."""
        return self.call("GET", f"/v1/accounts/{customer.removeprefix('cus_')}/payment-methods")["creditcard"]

    def call(self, method, path, body=None, status=200):
        answer = self.caller.request(method, self.url + path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()
