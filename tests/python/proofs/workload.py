"""Every way to send a card number or a security code in: each write there is, valid and refused.

The same requests come in the same order every time; only the digits of the security codes are the caller's choice.
"""

import gzip
import json
from typing import NamedTuple
from urllib.parse import urlencode

from proofs.digits import BAD_CHECK_DIGIT, DECLINED, DECLINED_CODE, NUMBERS, OTHER_VISA, UNKNOWN


class Step(NamedTuple):
    """An operation of the contract, as it was called and answered."""

    operation: str
    done: bool


class Workload:
    """Talks to a server and remembers what it asked for; the answers are the connection's to keep."""

    def __init__(self, api, codes, this_year, after=lambda: None):
        self.api = api
        self.codes = codes
        self.year = this_year + 3
        self.after = after
        self.steps = []
        self.keys = 0

    def do(self, operation, method, path, body=None, times=1, **headers):
        """Sends a request with a key of its own, or sends the same several times; returns the last answer's JSON."""
        self.keys += 1
        for _ in range(times):
            # A body that is made anew for each sending has another code in it: it is the same request all the same.
            sent = body() if callable(body) else body
            key = {"Idempotency_Key": f"key-{self.keys}"} if method != "GET" else {}
            answer = self.api.call(method, path, sent, **{**key, **headers})
            if answer.status >= 400:
                # A refusal may come before the body was read, and the connection ends with it.
                self.api.close()
            self.after()
        lines = dict(answer.headers).get("content-type") == "application/x-ndjson"
        said = {"lines": list(map(json.loads, answer.body.splitlines()))} if lines else {}
        if not lines and answer.body.startswith((b"{", b"[")):
            said = json.loads(answer.body)
        done = answer.status in (200, 201, 202) and not refused(said)
        self.steps.append(Step(operation, done))
        return said if done else None

    def must(self, *arguments, **options):
        said = self.do(*arguments, **options)
        assert said is not None, (self.steps[-1], arguments)
        return said

    def refused(self, *arguments, **options):
        assert self.do(*arguments, **options) is None, (self.steps[-1], arguments)

    # The bodies of requests.

    def older(self, account, brand="Visa", number=None, code=None, **fields):
        return {
            "accountKey": account,
            "creditCardType": brand,
            "creditCardNumber": number or NUMBERS[brand],
            "expirationMonth": 10,
            "expirationYear": self.year,
            "securityCode": code or self.code(brand),
            "cardHolderInfo": {"cardHolderName": "Leo Example", "city": "Atlanta"},
            **fields,
        }

    def newer(self, account=None, brand="Visa", number=None, code=None, **fields):
        body = self.older(account, brand, number, code)
        new = {name: body[name] for name in ("expirationMonth", "expirationYear", "securityCode", "cardHolderInfo")}
        new |= {"type": "CreditCard", "cardType": brand, "cardNumber": body["creditCardNumber"], **fields}
        return new | ({"accountKey": account} if account else {})

    def record(self, account=None, brand="Visa", number=None, code=None, **fields):
        """As CRUD and Actions have it."""
        return {
            "Type": "CreditCard",
            "CreditCardType": brand,
            "CreditCardNumber": number or NUMBERS[brand],
            "CreditCardExpirationMonth": 10,
            "CreditCardExpirationYear": self.year,
            "CreditCardHolderName": "Leo Example",
            "CreditCardSecurityCode": code or self.code(brand),
            **({"AccountId": account} if account else {}),
            **fields,
        }

    def code(self, brand="Visa"):
        return self.codes.amex() if brand == "AmericanExpress" else self.codes.three()

    # The requests.

    def run(self):
        self.token()
        self.create()
        self.change()
        self.upload()
        self.records()
        self.take_away()
        self.decline()
        self.garble()

    def token(self):
        pair = self.api.credentials
        form = {
            "client_id": pair["client_id"],
            "client_secret": pair["client_secret"],
            "grant_type": "client_credentials",
        }
        self.must("createToken", "POST", "/oauth/token", urlencode(form).encode(), Content_Type=FORM)

    def create(self):
        cards = "/v1/payment-methods/credit-cards"
        self.card, self.default = (
            self.must("createCreditCard", "POST", cards, lambda: self.older("A-1", brand), times=2)["paymentMethodId"]
            for brand in ("Visa", "MasterCard")
        )
        for brand in NUMBERS:
            self.must("createPaymentMethod", "POST", "/v1/payment-methods", lambda: self.newer("A-2", brand), times=2)
        self.amex = self.must(
            "createPaymentMethod", "POST", "/rest/v1/payment-methods", self.newer("A-2", "AmericanExpress")
        )["id"]
        packed = gzip.compress(json.dumps(self.newer("A-3", makeDefault=True)).encode(), mtime=0)
        self.must("createPaymentMethod", "POST", "/v1/payment-methods", packed, Content_Encoding="gzip")
        self.orphan, self.other_orphan = (
            self.must("createPaymentMethod", "POST", "/v1/payment-methods", self.newer())["id"] for _ in range(2)
        )
        for number, card in enumerate(
            [
                {"paymentMethod": self.newer(brand="Discover")},
                {"hpmCreditCardPaymentMethodId": self.other_orphan},
                {"creditCard": self.inner(self.older(None, "JCB"))},
            ]
        ):
            body = {"accountNumber": f"B-{number}", "name": "Leo", "currency": "EUR", **card}
            self.must("createAccount", "POST", "/v1/accounts", body)
        self.must("updateAccount", "PUT", "/v1/accounts/A-1", {"defaultPaymentMethodId": self.default})

    def inner(self, body):
        """A card inside a new account."""
        names = {"creditCardType": "cardType", "creditCardNumber": "cardNumber"}
        card = {names.get(name, name): value for name, value in body.items() if name != "accountKey"}
        address = {"addressLine1": "1 Road", "city": "Atlanta", "country": "US", "state": "GA", "zipCode": "30303"}
        return {**card, "expirationMonth": "08", "cardHolderInfo": {"cardHolderName": "Leo Example", **address}}

    def upload(self):
        """Lines that are good, declined and garbled, as JSON and as a table, once more with other codes, and tried only."""
        path, cards = "/v1/payment-methods/credit-cards/bulk", "/v1/payment-methods/credit-cards"
        spare = self.must("createCreditCard", "POST", cards, self.older("A-5"))["paymentMethodId"]
        new = [self.newer(brand="JCB"), self.older("A-5", "AmericanExpress"), self.older("A-5")]

        def coded(line, brand="Visa"):
            return lambda: line | {"securityCode": self.code(brand)}

        lines = [
            *(coded(line, brand) for line, brand in zip(new, ("JCB", "AmericanExpress", "Visa"))),
            *(coded(self.older("A-5", number=number)) for number in (DECLINED, DECLINED_CODE, UNKNOWN)),
            coded({"id": spare, "cardHolderName": "Leo Bulk", "externalKey": "b-1"}),
            lambda: {"id": spare, "cardHolderName": "Leo Else", "gatewayOptions": {"cvv": self.code()}},
            *(
                lambda at=at: {"id": spare, "cardHolderName": "Leo Else", "securityCode": self.codes.bad()[at]}
                for at in range(len(self.codes.bad()))
            ),
            coded({"id": self.amex}, "AmericanExpress"),
        ]

        def packed(*lines):
            return lambda: gzip.compress("\n".join(json.dumps(line()) for line in lines).encode(), mtime=0)

        headers = {"Content_Type": "application/x-ndjson", "Content_Encoding": "gzip"}
        tried = f"{path}?dryRun=true"
        self.must("uploadCreditCards", "POST", tried, packed(*lines), times=2, **headers)
        # How many lines of an upload share a commit is a matter of speed, and on disk it shows. So each comes alone.
        said = [self.must("uploadCreditCards", "POST", path, packed(line), times=2, **headers) for line in lines]
        results = [answer["lines"][0].get("result") for answer in said]
        assert results[:3] == ["created"] * 3 and results[3:6] == ["refused"] * 3 and results[6] == "updated", results
        name, brand = "Leo Table", "Discover"

        def table():
            row = ["A-5", brand, NUMBERS[brand], "10", str(self.year), self.code(), name]
            columns = "accountKey,creditCardType,creditCardNumber,expirationMonth,expirationYear,securityCode,cardHolderName"
            return f"{columns}\n{','.join(row)}\n".encode()

        said = self.must("uploadCreditCards", "POST", path, table, times=2, Content_Type="text/csv")
        assert said["lines"][0]["result"] == "created", said
        # The whole answer may be a refusal, too.
        self.refused("uploadCreditCards", "POST", path, packed(*lines), Content_Type="application/json")

    def change(self):
        path = f"/v1/payment-methods/credit-cards/{self.card}"
        self.must("updateCreditCard", "PUT", path, lambda: self.renewal(), times=2)
        self.must("updateCreditCard", "PUT", f"/rest{path}", {"cardHolderName": "Leo E.", "securityCode": self.code()})
        self.must(
            "updateCreditCard", "PUT", path, {"numConsecutiveFailures": 3, "securityCode": self.code(), "x__c": "y"}
        )
        self.refused("updateCreditCard", "PUT", path, {"cardHolderName": "Leo F."})
        path = f"/v1/payment-methods/{self.amex}"
        for _ in range(2):
            body = {"expirationMonth": 11, "securityCode": self.code("AmericanExpress")}
            self.must("updatePaymentMethod", "PUT", path, body)
        attach = {"accountKey": "A-4", "securityCode": self.code()}
        self.must("updatePaymentMethod", "PUT", f"/v1/payment-methods/{self.orphan}", attach)
        for card, brand in [(self.card, "Visa"), (self.amex, "AmericanExpress")]:
            path = f"/v1/payment-methods/{card}/verify"
            self.must("verifyPaymentMethod", "PUT", path, lambda: {"securityCode": self.code(brand)}, times=2)

    def renewal(self):
        return {"expirationMonth": 12, "expirationYear": self.year + 1, "securityCode": self.code()}

    def records(self):
        path = "/v1/object/payment-method"
        self.record_id = self.must("crudCreatePaymentMethod", "POST", path, lambda: self.record("A-5"), times=2)["Id"]
        body = {"CreditCardHolderName": "Leo G.", "CreditCardSecurityCode": self.code()}
        self.must("crudUpdatePaymentMethod", "PUT", f"{path}/{self.record_id}", body)
        made = []
        for record in self.record("A-5", "AmericanExpress"), self.record("A-6"):
            # One at a time: the objects of one call are written side by side, in an order that chance decides.
            body = {"type": "PaymentMethod", "objects": [record]}
            made += [item["Id"] for item in self.must("actionCreate", "POST", "/v1/action/create", body)]
        body = {
            "type": "PaymentMethod",
            "objects": [
                {
                    "Id": made[0],
                    "CreditCardHolderName": "Leo H.",
                    "CreditCardSecurityCode": self.code("AmericanExpress"),
                }
            ],
        }
        self.must("actionUpdate", "POST", "/v1/action/update", body)
        self.must("actionDelete", "POST", "/v1/action/delete", {"type": "PaymentMethod", "ids": made[:1]})
        query = "select Id, CreditCardMaskNumber from PaymentMethod"
        said = self.must("actionQuery", "POST", "/v1/action/query", {"queryString": query, "conf": {"batchSize": 2}})
        more = {"queryLocator": said["queryLocator"]}
        self.must("actionQueryMore", "POST", "/v1/action/queryMore", more)

    def take_away(self):
        reads = {
            "getPaymentMethod": f"/v1/payment-methods/{self.card}",
            "crudGetPaymentMethod": f"/v1/object/payment-method/{self.record_id}",
            "getAccount": "/v1/accounts/A-1",
            "listAccountPaymentMethods": "/v1/accounts/A-2/payment-methods",
            "getAccountDefaultPaymentMethod": "/v1/accounts/A-2/payment-methods/default",
            "listCreditCards": "/v1/payment-methods/credit-cards/accounts/A-2",
            "queryPaymentMethods": "/object-query/payment-methods",
            "queryPaymentMethodByKey": f"/object-query/payment-methods/{self.amex}",
        }
        for operation, path in reads.items():
            self.must(operation, "GET", path, Accept_Encoding="gzip" if "list" in operation else None)
        self.must("scrubPaymentMethod", "PUT", f"/v1/payment-methods/{self.card}/scrub")
        self.must("deletePaymentMethod", "DELETE", f"/v1/payment-methods/{self.amex}")
        other = self.must("createPaymentMethod", "POST", "/v1/payment-methods", self.newer("A-5", makeDefault=True))[
            "id"
        ]
        self.must("crudDeletePaymentMethod", "DELETE", f"/v1/object/payment-method/{self.record_id}")
        self.card = other

    def decline(self):
        """The gateway says no, or nothing, and the codes that it was asked with are to be forgotten like the others."""
        for number in (DECLINED, DECLINED_CODE, UNKNOWN):
            self.refused(
                "createCreditCard", "POST", "/v1/payment-methods/credit-cards", self.older("A-7", number=number)
            )
            for _ in range(2):
                self.refused(
                    "createPaymentMethod", "POST", "/v1/payment-methods", self.newer("A-7", number=number), times=2
                )
            self.refused(
                "crudCreatePaymentMethod", "POST", "/v1/object/payment-method", self.record("A-7", number=number)
            )
            body = {"accountNumber": "C-1", "paymentMethod": self.newer(number=number)}
            self.refused("createAccount", "POST", "/v1/accounts", body)
        options = {"gatewayOptions": {"sandboxVerdict": "declined"}}
        path = f"/v1/payment-methods/{self.card}"
        self.refused("verifyPaymentMethod", "PUT", f"{path}/verify", {"securityCode": self.code(), **options})
        self.refused("updatePaymentMethod", "PUT", path, {"securityCode": self.code(), **options})
        path = f"/v1/payment-methods/credit-cards/{self.card}"
        self.refused("updateCreditCard", "PUT", path, {**self.renewal(), **options})

    def garble(self):
        """Requests that are wrong in themselves."""
        cards, path = "/v1/payment-methods/credit-cards", f"/v1/payment-methods/{self.card}"
        for bad in self.codes.bad():
            self.do("createCreditCard", "POST", cards, self.older("A-8") | {"securityCode": bad})
            self.do("createPaymentMethod", "POST", "/v1/payment-methods", self.newer("A-8") | {"securityCode": bad})
            self.do("updateCreditCard", "PUT", f"{cards}/{self.card}", self.renewal() | {"securityCode": bad})
            self.do("updatePaymentMethod", "PUT", path, {"securityCode": bad})
            self.do("verifyPaymentMethod", "PUT", f"{path}/verify", {"securityCode": bad})
            record = self.record("A-8") | {"CreditCardSecurityCode": bad}
            self.do("crudCreatePaymentMethod", "POST", "/v1/object/payment-method", record)
            self.do("actionCreate", "POST", "/v1/action/create", {"type": "PaymentMethod", "objects": [record]})
            for name in ("paymentMethod", "creditCard"):
                inner = self.newer() if name == "paymentMethod" else self.inner(self.older(None))
                body = {"accountNumber": "C-2", name: inner | {"securityCode": bad}}
                self.do("createAccount", "POST", "/v1/accounts", body)
        for number in (BAD_CHECK_DIGIT, int(OTHER_VISA), " ".join(OTHER_VISA), OTHER_VISA + "0" * 9):
            self.do("createCreditCard", "POST", cards, self.older("A-8", number=number))
            self.do("createPaymentMethod", "POST", "/v1/payment-methods", self.newer("A-8", number=number))
            self.do("crudCreatePaymentMethod", "POST", "/v1/object/payment-method", self.record("A-8", number=number))
        past = {"expirationYear": 2001}
        self.refused("createCreditCard", "POST", cards, self.older("A-8", **past))
        self.refused("createPaymentMethod", "POST", "/v1/payment-methods", self.newer("A-8", "Visa", NUMBERS["JCB"]))
        missing = "0" * 32
        self.refused("updateCreditCard", "PUT", f"{cards}/{missing}", self.renewal())
        self.refused("updatePaymentMethod", "PUT", f"/v1/payment-methods/{missing}", {"securityCode": self.code()})


FORM = "application/x-www-form-urlencoded"


def refused(said):
    """Whether an answer says no, in any of the dialect's three ways."""
    items = said if isinstance(said, list) else [said]
    return any(item.get("success", item.get("Success", True)) is False or "Errors" in item for item in items)
