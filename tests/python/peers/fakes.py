"""Those that play Stripe: what each of them is asked directly, to see what Cardfile did there."""

from datetime import datetime, timezone

import requests

SECRET_KEY = "sk_test_of_the_peers"
APPROVED, DECLINED = "4242424242424242", "4000000000000002"
YEAR = datetime.now(timezone.utc).year + 4


class Fake:
    """One of them, and an entity of Cardfile that has it as its gateway."""

    def __init__(self, peer, entity):
        self.url, self.entity = f"http://127.0.0.1:{peer.port}", entity

    def call(self, method, path, **form):
        answer = requests.request(method, self.url + path, data=form, auth=(SECRET_KEY, ""))
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else None

    def customers(self):
        everybody = self.call("GET", f"/v1/customers?{self.LISTED}")["data"]
        return [customer for customer in everybody if not customer.get("deleted")]

    def kept(self, card):
        """The customer there who has a card."""
        mine = [customer for customer in self.customers() if card in names(customer)]
        return mine[0] if mine else None


def names(customer):
    return [source["id"] for source in customer["sources"]["data"]]


class Localstripe(Fake):
    """Makes tokens of numbers, and has every call."""

    LISTED = "limit=100"

    def token(self, number=APPROVED):
        """A token as a page of the shop gets it, from Stripe itself."""
        card = {"number": number, "exp_month": 8, "exp_year": YEAR, "cvc": "123", "name": "Leo"}
        return self.call("POST", "/v1/tokens", **{f"card[{name}]": value for name, value in card.items()})["id"]

    def declined(self):
        return self.token(DECLINED)


class StatefulMock(Fake):
    """Has Stripe's test tokens and keeps idempotency keys.

    It has no `POST /v1/tokens`, so it verifies no number; it has no call that changes a card and none that removes a
    customer; and it leaves a card that it declines with the customer. What needs these is tried with the other one only.
    """

    LISTED = "expand[]=sources"

    def __init__(self, peer, entity):
        super().__init__(peer, entity)
        # The first is of the number of which the other one makes its tokens.
        self.tokens = iter(("tok_visa", "tok_mastercard", "tok_amex"))

    def token(self):
        return next(self.tokens)

    def declined(self):
        return "tok_chargeDeclined"
