"""Operations that the SDK has no method for, through its own low-level client."""

import pytest
from zuora_sdk.exceptions import BadRequestException

from sdk.build import VISA, YEAR, new_card


SEED = "/v1/payment-methods/credit-cards/{payment-method-id}"


def test_a_credit_card_is_updated(call, cards):
    id = cards.create_payment_method(new_card("A-1")).id
    sample = {
        "cardHolderName": "Leo",
        "expirationMonth": 8,
        "expirationYear": YEAR + 1,
        "gatewayOptions": {},
        "numConsecutiveFailures": 5,
        "securityCode": "111",
    }
    answer = call("PUT", SEED, {**sample, "Colour__c": "red"}, {"payment-method-id": id})
    assert answer == {"paymentMethodId": id, "success": True}
    card = cards.get_payment_method(id)
    assert (card.account_holder_info.account_holder_name, card.expiration_year) == ("Leo", YEAR + 1)
    assert (card.num_consecutive_failures, card.additional_properties["Colour__c"]) == (5, "red")

    # The same once more changes neither expiry nor name, so no security code is needed.
    del sample["securityCode"]
    assert call("PUT", SEED, sample, {"payment-method-id": id})["success"]
    with pytest.raises(BadRequestException) as refused:
        call("PUT", SEED, {"cardHolderName": "Amy"}, {"payment-method-id": id})
    assert [reason.code for reason in refused.value.data.reasons] == [52501122]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"expirationMonth": 13}, [52500120]),
        ({"expirationYear": 2015, "securityCode": "111"}, [52500030]),
        ({"country": "Atlantis"}, [52501020]),
        ({"country": "US", "state": "Ontario"}, [52500820]),
        ({"city": "x" * 41, "zipCode": "x" * 21}, [52500720, 52500920]),
        ({"colour": "red", "shape": "round"}, [52500021]),
        ({"numConsecutiveFailures": 101}, [52500020]),
    ],
    ids=str,
)
def test_what_is_wrong_with_an_update_has_the_code_of_its_field(call, cards, body, codes):
    id = cards.create_payment_method(new_card("A-1")).id
    before = cards.get_payment_method(id).to_dict()
    with pytest.raises(BadRequestException) as refused:
        call("PUT", SEED, body, {"payment-method-id": id})
    assert sorted(reason.code for reason in refused.value.data.reasons) == codes
    assert cards.get_payment_method(id).to_dict() == before


def test_credit_cards_are_created_and_listed_page_by_page(installation, call, accounts):
    new = {
        "accountKey": "A-1",
        "creditCardType": "Visa",
        "creditCardNumber": VISA,
        "expirationMonth": "08",
        "expirationYear": str(YEAR),
        "securityCode": "111",
        "cardHolderInfo": {"cardHolderName": "Leo", "country": "Portugal"},
        "Mark__c": "there",
    }
    made = [call("POST", "/v1/payment-methods/credit-cards", new)["paymentMethodId"] for _ in range(3)]
    assert accounts.get_account_default_payment_method("A-1").id == made[0]

    path = "/v1/payment-methods/credit-cards/accounts/{account-key}"
    page = call("GET", path, None, {"account-key": "A-1"}, pageSize=2)
    shown = page["creditCards"]
    assert (page["success"], [card["id"] for card in shown]) == (True, [made[2], made[1]])
    assert (shown[0]["cardNumber"], shown[0]["cardType"], shown[0]["Mark__c"]) == ("************1111", "Visa", "there")
    assert (shown[0]["expirationMonth"], shown[0]["expirationYear"]) == (8, YEAR)
    assert shown[0]["cardHolderInfo"]["country"] == "Portugal"
    assert page["nextPage"].startswith(f"{installation.url}/")
    rest = call("GET", page["nextPage"].removeprefix(installation.url))
    assert [card["id"] for card in rest["creditCards"]] == [made[0]]
    assert "nextPage" not in rest and rest["creditCards"][0]["defaultPaymentMethod"]


def test_a_record_is_created_read_changed_and_deleted(call):
    new = {
        "AccountId": "A-1",
        "Type": "CreditCard",
        "CreditCardType": "Visa",
        "CreditCardNumber": VISA,
        "CreditCardExpirationMonth": 10,
        "CreditCardExpirationYear": YEAR,
        "CreditCardHolderName": "Leo",
        "CreditCardState": "GA",
        "CreditCardCountry": "US",
        "Mark__c": "there",
    }
    assert call("POST", "/v1/object/payment-method", new)["Success"]
    id = call("POST", "/v1/object/payment-method", new)["Id"]
    one = "/v1/object/payment-method/{id}"
    shown = call("GET", one, None, {"id": id})
    assert (shown["CreditCardState"], shown["CreditCardCountry"]) == ("Georgia", "United States")
    assert (shown["CreditCardMaskNumber"], shown["Mark__c"]) == ("************1111", "there")
    assert "Email" not in shown and "CreditCardNumber" not in shown
    assert call("GET", one, None, {"id": id}, fields="Id,Mark__c") == {"Id": id, "Mark__c": "there"}

    change = {"Email": "leo@example.com", "CreditCardState": None, "Mark__c": "changed"}
    assert call("PUT", one, change, {"id": id}) == {"Success": True, "Id": id}
    shown = call("GET", one, None, {"id": id})
    assert (shown["Email"], shown["Mark__c"], shown.get("CreditCardState")) == ("leo@example.com", "changed", None)
    assert call("DELETE", one, None, {"id": id}) == {"success": True, "id": id}
