"""What schemathesis has to know about Cardfile that a schema cannot say.

First, how to make data that fits the schema into data that makes sense, so that valid requests get past the first
check. Nothing is done to invalid data: a value is only replaced if it fits its own schema. Second, which refusals of
valid requests are right, because the reason is a rule and not a shape.
"""

import itertools
import json
import os
import re
import zlib

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import RejectedPositiveData

# What the test has made: an account, a card of it, what a query gave out, and the client's credentials.
KNOWN = json.loads(os.environ["CARDFILE_FUZZ_KNOWN"])
NOBODY = "0" * 32
# Schemathesis makes it up, but nobody has to refuse a header that he does not know.
UNKNOWN_HEADER = "x-schemathesis-unknown-property"
# The configuration has the last word on this one, so a wrong value is never sent.
FIXED_HEADER = "`Content-Encoding` in header"

# Published test numbers: the schema knows nothing of check digits, and not which numbers a brand has.
NUMBERS = {
    "Visa": "4111111111111111",
    "MasterCard": "5555 5555 5555 4444",
    "AmericanExpress": "3782-822463-10005",
    "Discover": "6011111111111117",
    "JCB": "3530111333300000",
    "Diners": "30569309025904",
    "CUP": "6205500000000000004",
}
NUMBER = re.compile(r"[0-9]([ -]?[0-9]){11,18}")
YEAR = re.compile(r"[1-9][0-9]{3}(\.0)?")
ID = re.compile("[0-9A-Fa-f]{32}")
DAY = re.compile("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
MOMENT = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].+")
# What is kept beside cards, for reading only.
KEPT = re.compile("snapshot|transaction-log")
# What the dialects call a card's number and brand, its year, and so on.
NUMBER_FIELDS = {"cardNumber": "cardType", "creditCardNumber": "creditCardType", "CreditCardNumber": "CreditCardType"}
YEAR_FIELDS = ("expirationYear", "CreditCardExpirationYear")
COUNTRY_FIELDS = ("country", "CreditCardCountry")
DAY_FIELDS = ("mitProfileAgreedOn", "MitProfileAgreedOn")
RETRY_FIELDS = ("PaymentRetryWindow", "MaxConsecutivePaymentFailures")
COUNTRIES = ["France", "DE", "JPN", "Viet Nam"]

QUERIES = [
    "select Id, CreditCardMaskNumber from PaymentMethod",
    f"select Id, AccountId, Phone, CreatedDate from PaymentMethod where AccountId = '{KNOWN['account']}'",
    "select Id, Email from PaymentMethod where CreditCardExpirationYear > 2000 and Email != null or Active = true",
]
FILTERS = ["creditCardType.EQ:Visa", "createdDate.GE:2020-01-01T00:00:00Z", "email.EQ:null", "id.SW:0"]
SORTS = ["createdDate.ASC", "creditCardExpirationYear.DESC", "id.ASC"]
FIELDS = ["id", "creditCardType,phone", "Any__c"]
RECORD_FIELDS = ["Id", "Id,CreditCardMaskNumber,Any__c"]

calls = itertools.count(1)


def pick(options, value):
    """One of several, always the same one for the same value."""
    return options[zlib.crc32(repr(value).encode()) % len(options)]


def often(value):
    return pick([True, True, True, False], value)


def text(value, most):
    """Whether this is a text that the schema takes."""
    return isinstance(value, str) and 0 < len(value) <= most


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None:
        return
    if case.headers and not case.meta.is_negative_at(ParameterLocation.HEADER):
        know_headers(case.headers)
    if case.path_parameters and not case.meta.is_negative_at(ParameterLocation.PATH):
        know_path(case)
    if case.query and not case.meta.is_negative_at(ParameterLocation.QUERY):
        if KEPT.search(case.path):
            know_kept(case.query)
        else:
            know_query(case.query)
    if isinstance(case.body, dict):
        know_body(case.body)
        if case.operation.method == "put":
            know_update(case.body)


def know_headers(headers):
    # Any UUID fits the schema, but the client may work in one entity only.
    if headers.get("Zuora-Entity-Ids"):
        headers["Zuora-Entity-Ids"] = KNOWN["entity"]
    # A key belongs to one request, and generated ones repeat.
    if (key := headers.get("Idempotency-Key")) is not None:
        unique = f"{next(calls)}!"
        headers["Idempotency-Key"] = key[: max(0, len(key) - len(unique))].lstrip() + unique


def know_path(case):
    """Something that exists is often asked for, unless it would be gone afterwards."""
    ends = case.operation.method == "delete" or case.path.endswith("/scrub")
    for name, value in case.path_parameters.items():
        if ends and value == KNOWN["card"]:
            case.path_parameters[name] = NOBODY
        # Not by the value: ids are others in every run.
        elif not ends and often(next(calls)):
            case.path_parameters[name] = KNOWN[kind_of(case.path, name)]


def kind_of(path, name):
    if kept := KEPT.search(path):
        return {"snapshot": "snapshot", "transaction-log": "log"}[kept[0]]
    return "account" if name == "account-key" else "card"


def know_query(query):
    for name, options in {"filter[]": FILTERS, "fields[]": FIELDS}.items():
        if query.get(name):
            query[name] = [pick(options, value) for value in query[name]]
    if query.get("sort[]"):
        query["sort[]"] = [pick(SORTS, query["sort[]"])]
    if query.get("fields"):
        query["fields"] = pick(RECORD_FIELDS, query["fields"])
    # Only a list gives out cursors, and this one goes on where another sort order does not.
    if query.get("cursor"):
        query["cursor"] = KNOWN["cursor"]
        query.pop("sort[]", None)


def know_kept(query):
    """Payments and snapshots are asked for by less than cards are."""
    for name, known in {
        "filter[]": f"paymentMethodId.EQ:{KNOWN['card']}",
        "cursor": NOBODY,
        "fields": "Id,PaymentMethodId",
    }.items():
        if query.get(name):
            query[name] = known


def know_body(body):
    # One card comes with an account.
    if isinstance(body.get("creditCard"), dict) and isinstance(body.get("paymentMethod"), dict):
        del body[pick(["creditCard", "paymentMethod"], next(calls))]
        body.pop("hpmCreditCardPaymentMethodId", None)
    # Every account has a number of its own.
    if "currency" in body and text(body.get("accountNumber"), 70):
        body["accountNumber"] = f"A-{next(calls)}"
    know_card(body)
    objects = body["objects"] if isinstance(body.get("objects"), list) else []
    for inner in (body.get("creditCard"), body.get("paymentMethod"), *objects):
        if isinstance(inner, dict):
            know_card(inner)
    if isinstance(body.get("time"), str) and MOMENT.fullmatch(body["time"]):
        body["time"] = "2026-05-04T12:00:00Z"
    if text(body.get("queryString"), 10000):
        body["queryString"] = pick(QUERIES, body["queryString"])
    if text(body.get("queryLocator"), 10000):
        body["queryLocator"] = KNOWN["locator"]
    if isinstance(body.get("ids"), list):
        body["ids"] = [KNOWN["card"] if isinstance(id, str) and often(id) else id for id in body["ids"]]
    if text(body.get("client_secret"), 42) and text(body.get("client_id"), 36) and often(body):
        body.update(client_id=KNOWN["client_id"], client_secret=KNOWN["client_secret"])


def know_update(body):
    """The card in question has an account, is its default, and is a Visa."""
    for account in ("accountKey", "AccountId"):
        if text(body.get(account), 70) and often(next(calls)):
            del body[account]
    if isinstance(id := body.get("defaultPaymentMethodId"), str) and ID.fullmatch(id):
        body["defaultPaymentMethodId"] = KNOWN["card"]
    if body.get("CreditCardType") in list(NUMBERS):
        body["CreditCardType"] = "Visa"


def know_card(card):
    for number, brand in NUMBER_FIELDS.items():
        if isinstance(card.get(number), str) and NUMBER.fullmatch(card[number]) and card.get(brand) in list(NUMBERS):
            card[number] = NUMBERS[card[brand]]
    for year in YEAR_FIELDS:
        # A whole number may be a text or a fraction; it stays what it is.
        if (kind := type(card.get(year))) in (int, float, str) and YEAR.fullmatch(str(card[year])):
            card[year] = kind(max(int(card[year]), KNOWN["year"]))
    for inner in (card, *map(card.get, ("cardHolderInfo", "accountHolderInfo", "mandateInfo"))):
        if not isinstance(inner, dict):
            continue
        for country in COUNTRY_FIELDS:
            if text(inner.get(country), 64):
                inner[country] = pick(COUNTRIES, inner[country])
        for day in DAY_FIELDS:
            if isinstance(inner.get(day), str) and DAY.fullmatch(inner[day]):
                inner[day] = "2026-5-04"
    # A retry rule of its own, if there is one.
    if not card.keys().isdisjoint(RETRY_FIELDS) and card.get("UseDefaultRetryRule") in (None, True, "true"):
        card["UseDefaultRetryRule"] = False


# Complaints whose rule stands in openapi.yaml in words, because no schema can say it.
TOLD = re.compile(
    "|".join(
        [
            # Single values.
            "is not a valid card number",
            "must not (contain a card number|hold card data)",
            "must not be empty",
            "must have 3 digits, or 3 or 4 for AmericanExpress",
            "must be a state or province of the country",
            # Values that depend on each other, or on what is on file.
            "'securityCode' is required when",
            "[mM]it(ProfileType|ConsentAgreementSrc)' is required",
            "needs? [uU]seDefaultRetryRule to be false",
            "'PaymentRetryWindow' is required",
            "must not come together with",
            "must be left out where the payment succeeded",
            "'CreditCardType' cannot be changed",
            "'fieldsToNull' may only name optional fields that the object does not set",
            # `rejectUnknownFields` makes an open schema a closed one.
            "Error - unrecognised fields",
            # Rules, which have a category of their own elsewhere, in CRUD.
            "The card number does not belong to the card type",
            "The payment method (already has an account|does not belong to this account|was scrubbed)",
        ]
    )
)
# The category of a rule, and the words that CRUD and Actions have for one.
RULE = 30
RULES = {"CANNOT_DELETE", "DUPLICATE_VALUE", "INVALID_ID", "TRANSACTION_FAILED"}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether it is a failure, and not one of the few things that are right although a schema cannot say so."""
    if isinstance(failure, RejectedPositiveData):
        return not all(is_rule(*reason) for reason in reasons(response))
    if isinstance(failure, AcceptedNegativeData):
        harmless = UNKNOWN_HEADER in (case.headers or {}) or FIXED_HEADER in failure.message
        return not (harmless or is_for_later(case, response))
    return True


def is_for_later(case, response):
    """Whether the request was only accepted: it is looked at when it is carried out."""
    return case.path.startswith("/v1/async/") and response.status_code == 202


def is_rule(code, message):
    return code in RULES or (isinstance(code, int) and code % 100 == RULE) or bool(TOLD.search(message))


def reasons(response):
    """Code and message of everything that is wrong, in any dialect."""
    body = json.loads(response.content)
    for error in body.get("reasons") or body.get("Errors") or [body]:
        code = error.get("code") or error.get("Code") or error.get("FaultCode")
        yield code, error.get("message") or error.get("Message") or error.get("FaultMessage")
