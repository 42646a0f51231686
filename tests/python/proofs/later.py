"""The asynchronous twin of every write: with a card number, which is sealed, and with a code, which is refused."""

NOBODY = "0" * 32


def without_code(body):
    """The same without what a code may be called, wherever it is."""
    if isinstance(body, dict):
        return {name: without_code(value) for name, value in body.items() if "securitycode" not in name.lower()}
    return [without_code(item) for item in body] if isinstance(body, list) else body


def twins(workload):
    """Operation, method, path and body; nothing here gets in the way of what a workload does otherwise."""
    card, cards = workload.card, "/v1/async/payment-methods"
    record, records = "/v1/async/object/payment-method", [{"Id": card, "Phone": "1"}]
    action = {"type": "PaymentMethod"}
    return [
        ("createCreditCard", "POST", f"{cards}/credit-cards", workload.older("L-1")),
        ("updateCreditCard", "PUT", f"{cards}/credit-cards/{card}", workload.renewal()),
        ("createPaymentMethod", "POST", cards, workload.newer("L-1")),
        ("updatePaymentMethod", "PUT", f"{cards}/{card}", {"ipAddress": "192.0.2.7"}),
        ("deletePaymentMethod", "DELETE", f"{cards}/{NOBODY}", None),
        ("scrubPaymentMethod", "PUT", f"{cards}/{NOBODY}/scrub", None),
        ("verifyPaymentMethod", "PUT", f"{cards}/{card}/verify", {}),
        (
            "recordPaymentOutcome",
            "POST",
            f"{cards}/{card}/outcomes",
            {"paymentId": "l-1", "result": "succeeded", "time": "2026-01-31T12:00:00Z"},
        ),
        ("createAccount", "POST", "/v1/async/accounts", {"accountNumber": "L-2", "paymentMethod": workload.newer()}),
        ("updateAccount", "PUT", "/v1/async/accounts/L-1", {"notes": "none"}),
        ("crudCreatePaymentMethod", "POST", record, workload.record("L-1")),
        ("crudUpdatePaymentMethod", "PUT", f"{record}/{card}", {"Phone": "1"}),
        ("crudDeletePaymentMethod", "DELETE", f"{record}/{NOBODY}", None),
        ("actionCreate", "POST", "/v1/async/action/create", {**action, "objects": [workload.record("L-1")]}),
        ("actionUpdate", "POST", "/v1/async/action/update", {**action, "objects": records}),
        ("actionDelete", "POST", "/v1/async/action/delete", {**action, "ids": [NOBODY]}),
    ]


def accepted_later(workload):
    """Each is accepted and carried out, at some time."""
    for operation, method, path, body in twins(workload):
        body = body if body is None else without_code(body)
        workload.must(f"{operation}Later", method, path, body, times=2)


def refused_later(workload):
    """A code cannot be kept, so nothing is: neither what has it in its place nor what has it elsewhere."""
    for operation, method, path, body in twins(workload):
        workload.refused(f"{operation}Later", method, f"{path}?securityCode={workload.code()}", body)
        if body is None:
            continue
        body = without_code(body)
        for name in ("securityCode", "CreditCardSecurityCode", "security_code", "CVV2", "cvc"):
            workload.refused(f"{operation}Later", method, path, {**body, name: workload.code()})
        workload.refused(f"{operation}Later", method, path, {**body, "x": [{"y": {"cvn": workload.codes.long()}}]})
