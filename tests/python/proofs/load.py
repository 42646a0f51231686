"""Writers that do everything a caller may do to cards, at once, on accounts of their own and on shared ones."""

import threading
from collections import defaultdict
from contextlib import contextmanager
from random import Random

from proofs.api import Api, Unanswered
from proofs.ledger import Fields, Write
from proofs.server import wait_for

NUMBER = "4111111111111111"
CODE = "111"
SHARED_ACCOUNTS = ["S-0", "S-1", "S-2"]
# More than this, and an account's cards are rather deleted than added to.
CARDS_MANY = 12
FIRST_SECONDS = 60
KINDS = {"create": 28, "update": 28, "default": 14, "choose": 8, "delete": 16, "open": 2, "orphan": 4}


class Load:
    """What the writers share: which cards there are, and what was asked."""

    def __init__(self, ledger, this_year, seed):
        self.ledger = ledger
        self.this_year = this_year
        self.seed = seed
        self.lock = threading.Lock()
        self.cards = defaultdict(set)
        self.count = 0

    @contextmanager
    def running(self, port, credentials, writers):
        """Yields the writers at work, and returns when the last of them is through with its request."""
        running = [
            Writer(self, Api(port, credentials), f"{self.seed}/{self.count}/{number}", f"W-{number}")
            for number in range(writers)
        ]
        self.count += 1
        for writer in running:
            writer.start()
        try:
            yield running
        finally:
            for writer in running:
                writer.stopped.set()
            for writer in running:
                writer.join()

    @staticmethod
    def wait_for_the_first(writers):
        """Returns when a request was acknowledged, so that the load is more than connections being made."""
        wait_for(lambda: any(writer.acknowledged for writer in writers), FIRST_SECONDS, "a first acknowledged request")

    def ask(self, api, write):
        """Sends a request and notes what was answered. False if nothing was, or that the server is in trouble."""
        write.status = 0
        key = write.mark if write.keyed else None
        try:
            answer = api.call(write.method, write.path, write.body, Zuora_Track_Id=write.mark, Idempotency_Key=key)
        except Unanswered:
            return False
        write.status = answer.status
        if answer.done:
            again, write.outcome = write.outcome == "done", "done"
            said = answer.json
            write.card = said.get("paymentMethodId") or said.get("id") or write.card
            # A replay tells what was true when its request was first answered.
            if not again:
                self.learn(write)
        elif answer.status < 500:
            write.outcome = "refused"
        return answer.status < 500

    def learn(self, write):
        with self.lock:
            if write.kind in ("create", "open", "attach"):
                self.cards[write.account].add(write.card)
            elif write.kind == "delete":
                self.cards[write.account].discard(write.card)

    def relearn(self, ledger):
        """After an end with unanswered requests, the database knows better."""
        self.cards.clear()
        for (_, account), chain in ledger.chains.items():
            self.cards[account] = {card.hex() for card in chain.cards}


class Writer(threading.Thread):
    """Sends one request after the other until it is stopped or gets no answer."""

    def __init__(self, load, api, seed, own_account):
        super().__init__()
        self.load = load
        self.api = api
        self.random = Random(seed)
        self.name = seed.split("/", 1)[1].replace("/", "-")
        self.own_account = own_account
        self.stopped = threading.Event()
        self.acknowledged = 0
        self.asked = 0

    def run(self):
        try:
            while not self.stopped.is_set():
                if not self.one():
                    return
        finally:
            self.api.close()

    def one(self):
        kind = self.random.choices(list(KINDS), KINDS.values())[0]
        account = self.own_account if self.random.random() < 0.4 else self.random.choice(SHARED_ACCOUNTS)
        with self.load.lock:
            cards = sorted(self.load.cards[account])
        if kind == "create" and len(cards) > CARDS_MANY:
            kind = "delete"
        elif kind in ("update", "default", "choose", "delete") and not cards:
            kind = "create"
        card = self.random.choice(cards) if cards else ""
        if not (answered := self.send(kind, account, card)) or kind != "orphan" or not self.last.card:
            return answered
        return self.send("attach", account, self.last.card)

    def send(self, kind, account, card):
        mark = f"{self.name}-{self.asked}"
        self.asked += 1
        self.last = write = make(kind, account, card, Fields.of(mark, self.load.this_year))
        write.keyed = self.random.random() < 0.5
        with self.load.lock:
            self.load.ledger.note(write)
        answered = self.load.ask(self.api, write)
        self.acknowledged += write.outcome == "done"
        return answered


def make(kind, account, card, fields):
    """The request of a kind."""
    mark, cards = fields.mark, "/v1/payment-methods/credit-cards"
    changes = {
        "cardHolderName": fields.name(),
        "expirationMonth": fields.month,
        "expirationYear": fields.year,
        "numConsecutiveFailures": fields.failures,
        "securityCode": CODE,
        **fields.holder(),
        **fields.custom(),
    }
    match kind:
        case "create" | "orphan":
            new = {
                "type": "CreditCard",
                "cardType": "Visa",
                "cardNumber": NUMBER,
                "expirationMonth": fields.month,
                "expirationYear": fields.year,
                "numConsecutiveFailures": fields.failures,
                "securityCode": CODE,
                "cardHolderInfo": {"cardHolderName": fields.name(), **fields.holder()},
                **fields.custom(),
            }
            if kind == "create":
                new["accountKey"] = account
            return Write(mark, kind, "POST", "/v1/payment-methods", new, account)
        case "open":
            number = f"N-{mark}"
            new = make("orphan", "", "", fields).body
            body = {"accountNumber": number, "name": mark, "currency": "EUR", "paymentMethod": new}
            return Write(mark, kind, "POST", "/v1/accounts", body, number)
        case "update":
            return Write(mark, kind, "PUT", f"{cards}/{card}", changes, account, card=card)
        case "default":
            body = {**changes, "defaultPaymentMethod": True}
            return Write(mark, kind, "PUT", f"{cards}/{card}", body, account, card=card)
        case "choose":
            body = {"defaultPaymentMethodId": card}
            return Write(mark, kind, "PUT", f"/v1/accounts/{account}", body, account, card=card)
        case "delete":
            return Write(mark, kind, "DELETE", f"/v1/payment-methods/{card}", None, account, card=card)
        case "attach":
            body = {"accountKey": account}
            return Write(mark, kind, "PUT", f"/v1/payment-methods/{card}", body, account, card=card)
