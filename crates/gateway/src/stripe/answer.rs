//! What Stripe answers, read with tolerance.

use cardfile_domain::{
    brand::CardType, card::HolderDetails, card_number::looks_like_card_number, expiry::Expiry,
    gateway::KeptCard, refusal::Decline,
};
use serde_json::Value;

/// The error that an answer holds. Its message is left out: it may repeat what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    pub(super) code: Option<String>,
    pub(super) decline_code: Option<String>,
    pub(super) param: Option<String>,
}

impl ApiError {
    pub(super) fn of(status: u16, body: &Value) -> Self {
        let error = &body["error"];
        Self {
            status,
            code: word(&error["code"]),
            decline_code: word(&error["decline_code"]),
            param: word(&error["param"]),
        }
    }

    /// The issuer's no, if it is one.
    pub(super) fn decline(&self) -> Option<Decline> {
        let by_code = self.code.as_deref().and_then(decline_of);
        let by_reason = || self.decline_code.as_deref().and_then(decline_of);
        match self.status {
            // Whatever else it says: this status means that the card was not accepted.
            402 => Some(by_code.or_else(by_reason).unwrap_or(Decline::DoNotHonor)),
            _ => None,
        }
    }

    /// Whether a token was used before.
    pub(super) fn is_used_token(&self) -> bool {
        self.code.as_deref() == Some("token_already_used")
    }

    /// Whether something that the request named does not exist.
    pub(super) fn is_missing(&self) -> bool {
        self.status == 404 || self.code.as_deref() == Some("resource_missing")
    }
}

/// A word of Stripe's own, fit to be logged.
fn word(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let is_word = text.len() <= 64
        && !looks_like_card_number(text)
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || b"_[]".contains(&byte));
    is_word.then(|| text.to_owned())
}

fn decline_of(word: &str) -> Option<Decline> {
    Some(match word {
        "insufficient_funds" | "withdrawal_count_limit_exceeded" => Decline::InsufficientFunds,
        "lost_card" | "stolen_card" | "pickup_card" => Decline::LostOrStolen,
        "expired_card" | "invalid_expiry_month" | "invalid_expiry_year" => Decline::ExpiredCard,
        "incorrect_cvc" | "invalid_cvc" => Decline::IncorrectSecurityCode,
        "processing_error" | "try_again_later" | "issuer_not_available" | "reenter_transaction" => {
            Decline::ProcessingError
        }
        _ => return None,
    })
}

/// The id of what an answer shows, if it is one of Stripe's.
pub(super) fn id(body: &Value) -> Option<&str> {
    body["id"].as_str().filter(|id| is_id(id))
}

/// Whether a text may be part of a path and of a trail.
pub(super) fn is_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=255).contains(&text.len()) && text.bytes().all(is_plain)
}

/// A number that may be written as a text.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// What the issuer said of the security code, if it said anything.
pub(super) fn code_failed(card: &Value) -> bool {
    card["cvc_check"] == "fail"
}

/// The first of a customer's cards.
pub(super) fn first_card(customer: &Value) -> Option<&Value> {
    let list = customer.get("sources").or_else(|| customer.get("cards"))?;
    list["data"].as_array()?.iter().find(|source| source["object"] == "card")
}

/// A card as Stripe shows it; nothing where it lacks what makes a card.
pub(super) fn card(customer: &str, body: &Value) -> Option<KeptCard> {
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
    let expiry = Expiry {
        year: number(&body["exp_year"])?.try_into().ok()?,
        month: number(&body["exp_month"])?.try_into().ok()?,
    };
    let read = |name| text(name).and_then(|text| text.parse().ok());
    Some(KeptCard {
        customer: customer.to_owned(),
        card: id(body)?.to_owned(),
        brand: brand(text("brand").or_else(|| text("type"))?),
        last4: text("last4")?.parse().ok()?,
        expiry,
        holder_name: text("name").and_then(|name| name.parse().ok()),
        holder: HolderDetails {
            address_line1: read("address_line1"),
            address_line2: text("address_line2").and_then(|line| line.parse().ok()),
            city: text("address_city").and_then(|city| city.parse().ok()),
            country: text("address_country").and_then(|country| country.parse().ok()),
            state: text("address_state").and_then(|state| state.parse().ok()),
            zip_code: text("address_zip").and_then(|zip| zip.parse().ok()),
            ..HolderDetails::default()
        },
    })
}

/// Stripe's name of a brand as one of ours. Those that we have no name for are co-branded, and Visa or
/// Mastercard is what they are charged through.
pub(super) fn brand(name: &str) -> CardType {
    match name {
        "American Express" => CardType::AmericanExpress,
        "Diners Club" => CardType::Diners,
        "Discover" => CardType::Discover,
        "JCB" => CardType::JCB,
        "MasterCard" | "Mastercard" => CardType::MasterCard,
        "UnionPay" => CardType::CUP,
        _ => CardType::Visa,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(status: u16, code: &str, decline_code: &str) -> ApiError {
        let error = json!({"code": code, "decline_code": decline_code, "message": "x"});
        ApiError::of(status, &json!({ "error": error }))
    }

    #[test]
    fn the_reasons_of_a_decline_are_told_apart() {
        for (code, decline_code, expected) in [
            ("card_declined", "generic_decline", Decline::DoNotHonor),
            ("card_declined", "insufficient_funds", Decline::InsufficientFunds),
            ("card_declined", "lost_card", Decline::LostOrStolen),
            ("card_declined", "stolen_card", Decline::LostOrStolen),
            ("expired_card", "", Decline::ExpiredCard),
            ("incorrect_cvc", "incorrect_cvc", Decline::IncorrectSecurityCode),
            ("processing_error", "", Decline::ProcessingError),
            ("a_word_of_tomorrow", "another_one", Decline::DoNotHonor),
        ] {
            assert_eq!(error(402, code, decline_code).decline(), Some(expected), "{code}");
            assert_eq!(error(400, code, decline_code).decline(), None);
        }
    }

    #[test]
    fn a_decline_is_one_whatever_the_type_of_the_error_and_whether_or_not_it_has_a_code() {
        let typed = json!({"error": {"type": "invalid_request_error", "code": "card_declined"}});
        assert_eq!(ApiError::of(402, &typed).decline(), Some(Decline::DoNotHonor));
        assert_eq!(ApiError::of(402, &json!({})).decline(), Some(Decline::DoNotHonor));
        assert_eq!(ApiError::of(402, &json!({"error": "x"})).decline(), Some(Decline::DoNotHonor));
    }

    #[test]
    fn no_text_of_an_error_is_kept_that_is_more_than_a_word() {
        let error = error(400, "4242424242424242", "No such token: 'tok_x'");
        assert_eq!((error.code, error.decline_code), (None, None));
    }

    #[test]
    fn a_card_is_read_whether_its_expiry_is_written_as_numbers_or_as_texts() {
        for (month, year) in [(json!(8), json!(2099)), (json!("8"), json!("2099"))] {
            let body = json!({
                "id": "card_1", "object": "card", "brand": "MasterCard", "last4": "4444",
                "exp_month": month, "exp_year": year, "name": null, "address_city": "Bern",
                "address_country": "CH",
            });
            let card = card("cus_1", &body).unwrap();
            assert_eq!((card.expiry.month.get(), card.expiry.year.get()), (8, 2099));
            assert_eq!((card.brand, card.last4.as_str()), (CardType::MasterCard, "4444"));
            assert_eq!(card.holder_name, None);
            assert_eq!(card.holder.country.unwrap().iso2(), "CH");
        }
    }

    #[test]
    fn what_lacks_an_id_or_has_an_impossible_expiry_is_no_card() {
        let body = json!({"id": "card_1", "brand": "Visa", "last4": "4242", "exp_month": 8,
            "exp_year": 2099});
        assert!(card("cus_1", &body).is_some());
        for (name, value) in [
            ("id", json!(null)),
            ("id", json!("../v1/charges")),
            ("last4", json!("42424242")),
            ("exp_month", json!(13)),
            ("exp_year", json!({})),
        ] {
            let mut body = body.clone();
            body[name] = value;
            assert_eq!(card("cus_1", &body), None, "{name}");
        }
    }

    #[test]
    fn cards_are_found_in_either_generation_of_the_customer() {
        let list = json!({"object": "list", "data": [{"object": "source"}, {"object": "card"}]});
        for customer in [json!({ "sources": list }), json!({ "cards": list })] {
            assert!(first_card(&customer).is_some());
        }
        assert!(first_card(&json!({"id": "cus_1"})).is_none());
        assert!(first_card(&json!({"sources": {"data": []}})).is_none());
    }
}
