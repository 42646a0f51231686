"""Requests of the SDK, built as its documentation builds them."""

from datetime import datetime, timezone

from zuora_sdk import (
    CreateAccountRequest,
    CreateCreditCardPaymentMethod,
    CreatePaymentMethodCardholderInfo,
    CreatePaymentMethodRequest,
    UpdateCreditCardPaymentMethod,
    UpdatePaymentMethodRequest,
)

# Far enough away that no test meets the end of a year.
YEAR = datetime.now(timezone.utc).year + 3
VISA = "4111111111111111"
MASTERCARD = "5555555555554444"
# A number that the sandbox declines.
DECLINED = "4000000000000002"
NOBODY = "0" * 32


def new_card(account_key=None, **fields):
    """A card to create: a Visa, unless the fields say otherwise."""
    holder = fields.pop("card_holder_info", {"card_holder_name": "Amy Lawrence"})
    return CreatePaymentMethodRequest(
        CreateCreditCardPaymentMethod(
            **{
                "type": "CreditCard",
                "account_key": account_key,
                "card_type": "Visa",
                "card_number": VISA,
                "expiration_month": 8,
                "expiration_year": YEAR,
                "card_holder_info": CreatePaymentMethodCardholderInfo(**holder),
                **fields,
            }
        )
    )


def changes(**fields):
    return UpdatePaymentMethodRequest(UpdateCreditCardPaymentMethod(**fields))


def new_account(**fields):
    return CreateAccountRequest(**{"name": "Amy Lawrence's Account", "currency": "USD", **fields})


def record(account, **fields):
    """A card to create, as CRUD and Actions write it."""
    return {
        "AccountId": account,
        "Type": "CreditCard",
        "CreditCardType": "Visa",
        "CreditCardNumber": VISA,
        "CreditCardExpirationMonth": 8,
        "CreditCardExpirationYear": YEAR,
        "CreditCardHolderName": "Amy Lawrence",
        **fields,
    }


def categories(error):
    """The category of each reason of an error, which its code ends with."""
    return [reason.code % 100 for reason in error.value.data.reasons]
