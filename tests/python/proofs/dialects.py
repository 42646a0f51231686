"""The other dialects: tokens, an envelope and organizations, each write of them done, and refused with what it must not keep."""

from urllib.parse import urlencode

from proofs.digits import DECLINED, DECLINED_CODE, NUMBERS
from proofs.workload import FORM

VISA = NUMBERS["Visa"]


def speak(workload):
    """Whatever can be said in them; the numbers and codes are in their places and out of them."""
    tokens(workload)
    envelope(workload)
    organization(workload)
    payments(workload)


def card(workload, number=VISA, code=None, **more):
    return {"number": number, "exp_month": "10", "exp_year": str(workload.year), "cvc": workload.code() if code is None else code, **more}


def form(card):
    return urlencode({f"card[{name}]": value for name, value in card.items()}).encode()


def tokens(workload):
    keyed = {"Content_Type": FORM, "Authorization": f"Bearer {workload.api.credentials['publishable_key']}"}

    def token(sent, **headers):
        return workload.do("createCardToken", "POST", "/v1/tokens", form(sent), **{**keyed, **headers})

    assert token(card(workload, name="Leo"))
    for bad in [
        card(workload, DECLINED),
        card(workload, DECLINED_CODE),
        card(workload, name=VISA),
        card(workload, address_line1=VISA),
        card(workload, VISA + "0"),
        *(card(workload, code=code) for code in workload.codes.bad() if code != ""),
    ]:
        assert not token(bad), bad
    assert not token(card(workload), Authorization="Bearer pk_nobody")


def envelope(workload):
    person = {"email": "leo@example.com", "name": "Leo", "phone": "+15550100"}
    customer = workload.must("createEnvelopeCustomer", "POST", "/api/customers/create", person)["data"]["id"]
    made = [workload.must("createEnvelopeToken", "POST", "/api/cards/create", card(workload))["data"] for _ in range(2)]
    for one in made:
        assign = {"userId": customer, "source": one["token_id"]}
        workload.must("assignEnvelopeCard", "POST", "/api/cards/assign", assign)
    default = {"userId": customer, "default_source": made[1]["card_id"]}
    workload.must("setEnvelopeDefault", "POST", "/api/cards/default", default)
    workload.must("updateEnvelopeCustomer", "PUT", "/api/customers/update", {"userId": customer, "name": "Leo Else"})
    wrong = {"userId": VISA, "source": VISA, "default_source": VISA, "email": VISA, "name": VISA, "phone": VISA}
    for operation, method, path in [
        ("createEnvelopeCustomer", "POST", "/api/customers/create"),
        ("createEnvelopeToken", "POST", "/api/cards/create"),
        ("assignEnvelopeCard", "POST", "/api/cards/assign"),
        ("setEnvelopeDefault", "POST", "/api/cards/default"),
        ("updateEnvelopeCustomer", "PUT", "/api/customers/update"),
        ("deleteEnvelopeCustomer", "DELETE", "/api/customers/delete"),
    ]:
        for body in [wrong, {**wrong, "userId": customer, "cvc": workload.code()}, VISA]:
            if operation != "deleteEnvelopeCustomer" or body is not VISA and body["userId"] == VISA:
                workload.refused(operation, method, path, body)
        workload.refused(operation, method, path, urlencode(wrong).encode(), Content_Type=FORM)
    for number in (DECLINED, DECLINED_CODE):
        workload.refused("createEnvelopeToken", "POST", "/api/cards/create", card(workload, number))
    workload.must("deleteEnvelopeCustomer", "DELETE", "/api/customers/delete", {"userId": customer})
    workload.refused("getEnvelopeCustomer", "GET", f"/api/customers/{VISA}")


def organization(workload):
    client = workload.api.credentials
    application = {"X_Api_Key": client["api_key"]}
    pair = {"username": client["client_id"], "password": client["client_secret"]}
    session = workload.must("signIn", "POST", "/v2/auth/signin", pair, **application)["sessionToken"]
    headers = {**application, "Authorization": f"Bearer {session}"}
    org = workload.must("createOrg", "POST", "/v2/org", {"name": "Leo", "description": "One"}, **headers)
    path = f"/v2/org/{org.get('id') or org['orgId']}"
    workload.must("updateOrg", "PUT", path, {"description": "Another"}, **headers)
    for _ in range(2):
        token = workload.must("createEnvelopeToken", "POST", "/api/cards/create", card(workload))["data"]["token_id"]
        payment = {"paymentId": token}
        workload.must("addPayment", "POST", f"{path}/payment", payment, **headers)
    workload.must("setOrgDefault", "PUT", f"{path}/customer", payment, **headers)
    changed = {"exp_month": "11", "name": "Leo"}
    workload.must("updatePayment", "PUT", f"{path}/payment/{token}", changed, **headers)
    wrong = {"paymentId": VISA, "number": VISA, "cvc": workload.code(), "name": VISA, "description": VISA, "exp_month": VISA}
    for operation, method, where in [
        ("createOrg", "POST", "/v2/org"),
        ("updateOrg", "PUT", path),
        ("addPayment", "POST", f"{path}/payment"),
        ("setOrgDefault", "PUT", f"{path}/customer"),
        ("updatePayment", "PUT", f"{path}/payment/{token}"),
        ("removePayment", "DELETE", f"{path}/payment/{VISA}"),
    ]:
        workload.refused(operation, method, where, wrong, **headers)
        workload.refused(operation, method, where.replace(path, f"/v2/org/{VISA}"), wrong, **headers)
    workload.refused("signIn", "POST", "/v2/auth/signin", {"username": VISA, "password": VISA}, **application)
    workload.must("removePayment", "DELETE", f"{path}/payment/{token}", **headers)


def payments(workload):
    path = f"/v1/payment-methods/{workload.card}/outcomes"
    failed = {"paymentId": "p-1", "result": "failed", "time": "2026-01-31T12:00:00Z", "message": f"Card {VISA} declined"}
    workload.must("recordPaymentOutcome", "POST", path, failed, times=2)
    workload.refused("recordPaymentOutcome", "POST", path, {**failed, "paymentId": VISA, "code": VISA})
    workload.refused("setClock", "POST", "/sandbox/clock", {"advance": VISA, VISA: "x"})
    workload.must("setClock", "POST", "/sandbox/clock", {"advance": "PT0S"})
    event = {"id": VISA, "type": "charge.failed", "created": 1, "data": {"object": {"id": VISA, "cvc": workload.code()}}}
    for operation, where in [
        ("receiveStripeWebhook", "/webhooks/stripe"),
        ("receiveStripeWebhookAsStripeBack", "/api/webhooks/stripe"),
    ]:
        workload.refused(operation, "POST", where, event)
        workload.refused(operation, "POST", where, event, Stripe_Signature=f"t={VISA},v1={VISA}")
