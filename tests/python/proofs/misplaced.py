"""Numbers and codes where they do not belong: in paths, queries, headers, names and every field that is text."""

import gzip
import json
from itertools import cycle
from urllib.parse import quote

from proofs.api import Unanswered
from proofs.later import without_code
from proofs.workload import FORM

FIELDS = """
    accountKey addressLine1 addressLine2 cardHolderName city country email phone state zipCode expirationMonth
    expirationYear numConsecutiveFailures securityCode defaultPaymentMethod gatewayOptions unknown custom__c
    4111111111111111 x4111111111111111__c creditCardType type cardHolderInfo accountHolderInfo mandateInfo
    authGateway currencyCode ipAddress identityNumber deviceSessionId paymentMethodNumber mitConsentAgreementRef
    mitNetworkTransactionId Phone Email CreditCardHolderName CreditCardAddress1 AccountId fieldsToNull name notes
    accountNumber
""".split()
HOLDER = """
    cardHolderName addressLine1 addressLine2 city country email phone state zipCode x
""".split()
HEADERS = """
    Zuora-Track-Id Zuora-Entity-Ids Idempotency-Key Zuora-Version User-Agent Authorization Cookie apiAccessKeyId
    apiSecretAccessKey Content-Type Content-Encoding Accept-Encoding Accept Host X-Forwarded-For Referer
    X-Zuora-WSDL-Version 4111111111111111
""".split()

# Numbers go where the braces are.
PATHS = """
    /v1/payment-methods/{}
    /v1/payment-methods/credit-cards/accounts/{}
    /v1/accounts/{}
    /v1/accounts/{}/payment-methods
    /v1/accounts/{}/payment-methods/default
    /v1/object/payment-method/{}
    /v1/async/{}
    /v1/async/payment-methods/{}
    /v1/async/accounts/{}?x={}
    /object-query/payment-methods/{}
    /v1/payment-methods/credit-cards/accounts/A-1?page={}&pageSize={}
    /v1/accounts/A-1/payment-methods?isDefaultOnly={}&x={}
    /object-query/payment-methods?filter[]=id.EQ:{}
    /object-query/payment-methods?sort[]={}&fields[]={}
    /object-query/payment-methods?cursor={}&pageSize={}
    /v1/object/payment-method/{}?fields={}
    /{}
    /v1/{}/x
    /rest/v1/{}
    /metrics?x={}
    /health/ready?{}
""".split()


def misplace_codes(workload):
    """Codes where nobody looks for them."""
    cards, path = "/v1/payment-methods/credit-cards", f"/v1/payment-methods/{workload.card}"
    query = f"?securityCode={workload.codes.long()}"
    workload.do("createCreditCard", "POST", cards + query, workload.older("A-9"))
    workload.do("updatePaymentMethod", "PUT", path + query, {"numConsecutiveFailures": 1})
    workload.do("deletePaymentMethod", "DELETE", f"/v1/payment-methods/{'0' * 32}{query}")
    workload.do("getPaymentMethod", "GET", path + query)
    for name in ("cvv", "cvc", "SecurityCode", "securitycode", "security_code", "CreditCardSecurityCode"):
        code = workload.codes.long()
        workload.do("createCreditCard", "POST", cards, workload.older("A-9", **{name: code}))
        workload.do("updateCreditCard", "PUT", f"{cards}/{workload.card}", {name: code})
        workload.do(
            "createPaymentMethod", "POST", "/v1/payment-methods", workload.newer("A-9") | {"mandateInfo": {name: code}}
        )
        workload.do("crudUpdatePaymentMethod", "PUT", f"/v1/object/payment-method/{workload.card}", {name: code})
        workload.do(
            "actionUpdate",
            "POST",
            "/v1/action/update",
            {"type": "PaymentMethod", "objects": [{"Id": workload.card, name: code}]},
        )
        workload.do("createPaymentMethodLater", "POST", "/v1/async/payment-methods", {"x": [{name: code}]})
        workload.do("createAccount", "POST", "/v1/accounts", {"accountNumber": "C-3", "details": {name: code}})
        workload.do("updateAccount", "PUT", "/v1/accounts/A-1", {name: code})
        options = {"gatewayOptions": {name: code, "more": {name: code}}}
        workload.do("updatePaymentMethod", "PUT", path, {"numConsecutiveFailures": 2, **options})
        workload.do("verifyPaymentMethod", "PUT", f"{path}/verify", {"securityCode": workload.code(), **options})
        workload.do("updateCreditCard", "PUT", f"{cards}/{workload.card}", {}, **{f"X-{name}": code})
    torn = json.dumps(workload.older("A-9", code=workload.codes.long())).encode()
    for body in (torn[:-40], torn[:-1], torn + torn, torn.replace(b":", b"="), gzip.compress(torn, mtime=0)):
        workload.do("createCreditCard", "POST", cards, body)
    workload.do("createCreditCard", "POST", cards, gzip.compress(torn, mtime=0)[:-9], Content_Encoding="gzip")
    workload.do("createCreditCard", "POST", cards, torn, Content_Type=FORM)
    workload.do("createCreditCard", "POST", cards, torn, Authorization="Bearer nobody")
    workload.do(
        "createToken", "POST", "/oauth/token", f"securityCode={workload.codes.long()}".encode(), Content_Type=FORM
    )


def spellings(digits):
    """What a person may make of a number."""
    fours = [digits[at : at + 4] for at in range(0, len(digits), 4)]
    return [digits, " ".join(fours), "-".join(fours), f"card {digits}, thanks"]


def misplace_numbers(workload, numbers):
    """Sends numbers everywhere; whether they are refused is the server's affair."""
    spelled = cycle(spelling for digits in numbers for spelling in spellings(digits))
    in_bodies(workload, lambda: next(spelled))
    in_bodies_of_twins(workload, lambda: next(spelled))
    in_urls_and_headers(workload, lambda: next(spelled))
    as_something_else(workload, cycle(numbers))


def writes(workload):
    card = workload.card
    return [
        ("createCreditCard", "POST", "/v1/payment-methods/credit-cards", workload.older("M-1")),
        ("updateCreditCard", "PUT", f"/v1/payment-methods/credit-cards/{card}", workload.renewal()),
        ("createPaymentMethod", "POST", "/v1/payment-methods", workload.newer("M-1")),
        ("updatePaymentMethod", "PUT", f"/v1/payment-methods/{card}", {"expirationMonth": 9}),
        ("verifyPaymentMethod", "PUT", f"/v1/payment-methods/{card}/verify", {}),
        ("createAccount", "POST", "/v1/accounts", {"name": "M", "paymentMethod": workload.newer()}),
        ("updateAccount", "PUT", "/v1/accounts/A-1", {"notes": "none"}),
        ("crudCreatePaymentMethod", "POST", "/v1/object/payment-method", workload.record("M-1")),
        ("crudUpdatePaymentMethod", "PUT", f"/v1/object/payment-method/{card}", {"Phone": "1"}),
    ]


def in_bodies(workload, number):
    for operation, method, path, body in writes(workload):
        for field in FIELDS:
            workload.do(operation, method, path, {**body, field: number()})
        workload.do(operation, method, path, {**body, number(): "value", f"a{number()}__c": "value"})
        for outer in ("cardHolderInfo", "accountHolderInfo", "mandateInfo", "gatewayOptions", "details__c"):
            for field in HOLDER:
                inner = {"cardHolderName": "Leo", field: number()}
                workload.do(operation, method, path, {**body, outer: inner})
    for operation in ("create", "update", "delete", "query", "queryMore"):
        text = number()
        body = {
            "type": text if operation == "delete" else "PaymentMethod",
            "objects": [{"Id": workload.card, "Type": text, "Phone": text, text: text}, workload.record(text)],
            "ids": [text],
            "queryString": f"select Id from PaymentMethod where CreditCardHolderName = '{text}' and {text} = 1",
            "queryLocator": text,
        }
        workload.do(f"action{operation[0].upper()}{operation[1:]}", "POST", f"/v1/action/{operation}", body)
        workload.do(
            "actionCreate", "POST", "/v1/action/create", {"type": "PaymentMethod", "objects": [text], text: text}
        )


def in_bodies_of_twins(workload, number):
    """What is accepted without a look at it is kept until it is looked at."""
    for operation, method, path, body in writes(workload):
        path, body = path.replace("/v1/", "/v1/async/", 1), without_code(body)
        for field in FIELDS:
            workload.do(f"{operation}Later", method, path, {**body, field: number(), "a": [{number(): number()}]})


def in_urls_and_headers(workload, number):
    for path in PATHS:
        filled = path.replace("{}", quote(number()))
        workload.do("read", "GET", filled)
        for method, body in (("PUT", {"notes": "x"}), ("DELETE", None), ("POST", {})):
            workload.do("read", method, filled, body)
    for header in HEADERS:
        text = number()
        for method, path, body in (
            ("GET", f"/v1/payment-methods/{workload.card}", None),
            ("PUT", "/v1/accounts/A-1", {"notes": "x"}),
            ("POST", "/v1/payment-methods", workload.newer("M-2")),
        ):
            try:
                workload.do("header", method, path, body, **{header: text})
            except Unanswered:
                # Such a request is cut off before there is anybody to answer it.
                workload.api.close()


def as_something_else(workload, number):
    cards = "/v1/payment-methods/credit-cards"
    for _ in range(len(HOLDER)):
        body = json.dumps(workload.older("M-3", number=next(number))).encode()
        for torn in (
            body[:-2],
            body[: len(body) // 2],
            body.replace(b'"', b"'"),
            b"[" + body,
            body + body,
            b'"' + body,
        ):
            workload.do("createCreditCard", "POST", cards, torn)
        packed = gzip.compress(body, mtime=0)
        for torn in (packed[:-8], packed[:-1] + b"x", packed + b"more", gzip.compress(packed), body):
            workload.do("createCreditCard", "POST", cards, torn, Content_Encoding="gzip")
        for kind in ("text/plain", FORM, "application/xml"):
            workload.do("createCreditCard", "POST", cards, body, Content_Type=kind)
        form = f"client_id={next(number)}&client_secret={next(number)}&grant_type={next(number)}&x={next(number)}"
        workload.do("createToken", "POST", "/oauth/token", form.encode(), Content_Type=FORM)
        workload.do("createToken", "POST", "/oauth/token", body)
        for value in (
            [next(number)],
            {"number": next(number)},
            int(next(number)),
            float(next(number)),
            next(number) + "0",
        ):
            workload.do("createCreditCard", "POST", cards, workload.older("M-3", number=value))
            workload.do("createPaymentMethod", "POST", "/v1/payment-methods", workload.newer("M-3", number=value))
