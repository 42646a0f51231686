//! What an event of Stripe says about a card, read with tolerance: whatever is not as expected is as if
//! it were not there.

use cardfile_domain::{
    command::{CardPatch, HolderPatch, Patch},
    payment::{GatewayMessage, PaymentOutcome, PaymentResult},
    text::CardName,
};
use jiff::Timestamp;
use serde_json::Value;

/// An event as it was sent.
pub struct StripeEvent {
    /// Its id, the same however often it is sent.
    pub(super) id: String,
    /// Its type.
    pub(super) kind: String,
    /// When it happened.
    pub(super) at: Timestamp,
    object: Value,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum News {
    /// A payment came to an end.
    Paid(CardName, Box<PaymentOutcome>),
    /// The card is as the patch says.
    Changed(CardName, Box<CardPatch>),
    /// The card is its customer's default.
    Default(CardName),
    /// The card is gone.
    Removed(CardName),
    /// Nothing that matters here.
    Nothing,
}

impl StripeEvent {
    /// Reads an event; nothing if it is none.
    pub fn read(body: &[u8]) -> Option<Self> {
        let mut event: Value = serde_json::from_slice(body).ok()?;
        let text = |name: &str| event[name].as_str().filter(|text| text.len() <= 255);
        let (id, kind) = (text("id")?.to_owned(), text("type")?.to_owned());
        let at = Timestamp::from_second(event["created"].as_i64()?).ok()?;
        Some(Self { id, kind, at, object: event["data"]["object"].take() })
    }

    /// Its type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    pub(super) fn news(&self) -> News {
        let object = &self.object;
        let news = match self.kind.as_str() {
            "charge.succeeded" => self.payment(PaymentResult::Succeeded),
            "charge.failed" => self.payment(PaymentResult::Failed {
                code: parsed(&object["failure_code"]),
                message: object["failure_message"].as_str().and_then(GatewayMessage::of),
            }),
            // Our own clock warns of cards that expire, at more moments than Stripe does; what counts is
            // whether it expires when we think.
            "customer.source.updated" | "customer.source.expiring" => {
                name(&object["id"]).map(|name| News::Changed(name, Box::new(self.patch(object))))
            }
            "payment_method.automatically_updated" | "payment_method.updated" => {
                name(&object["id"])
                    .map(|name| News::Changed(name, Box::new(self.patch_of_payment_method())))
            }
            "customer.source.deleted" => name(&object["id"]).map(News::Removed),
            "customer.updated" => name(&object["default_source"])
                .or_else(|| name(&object["default_card"]))
                .map(News::Default),
            _ => None,
        };
        news.unwrap_or(News::Nothing)
    }

    fn payment(&self, result: PaymentResult) -> Option<News> {
        let charge = &self.object;
        let source = &charge["source"];
        let card = name(&source["id"])
            .or_else(|| name(source))
            .or_else(|| name(&charge["payment_method"]))?;
        let currency = charge["currency"].as_str().map(str::to_ascii_uppercase);
        let at = charge["created"].as_i64().and_then(|at| Timestamp::from_second(at).ok());
        let outcome = PaymentOutcome {
            payment: parsed(&charge["id"])?,
            result,
            at: at.unwrap_or(self.at),
            // Stripe counts in the smallest unit, and which that is depends on the currency.
            amount: None,
            currency: currency.and_then(|currency| currency.parse().ok()),
            gateway: "Stripe".parse().ok(),
        };
        Some(News::Paid(card, Box::new(outcome)))
    }

    /// The fields of a card as they are now.
    fn patch(&self, card: &Value) -> CardPatch {
        let holder = HolderPatch {
            address_line1: set(&card["address_line1"]),
            address_line2: set(&card["address_line2"]),
            city: set(&card["address_city"]),
            country: set(&card["address_country"]),
            state: set(&card["address_state"]),
            zip_code: set(&card["address_zip"]),
            ..HolderPatch::default()
        };
        CardPatch {
            month: number(&card["exp_month"]).and_then(|month| month.try_into().ok()),
            year: number(&card["exp_year"]).and_then(|year| year.try_into().ok()),
            holder_name: parsed(&card["name"]),
            holder,
            ..self.blank()
        }
    }

    fn patch_of_payment_method(&self) -> CardPatch {
        let card = &self.object["card"];
        CardPatch {
            month: number(&card["exp_month"]).and_then(|month| month.try_into().ok()),
            year: number(&card["exp_year"]).and_then(|year| year.try_into().ok()),
            ..self.blank()
        }
    }

    /// A change that says nothing but when it was known.
    pub(super) fn blank(&self) -> CardPatch {
        CardPatch { news_of: Some(self.at), unless_same: true, ..CardPatch::default() }
    }
}

/// What Stripe calls a card, of whichever generation it is.
fn name(value: &Value) -> Option<CardName> {
    let text = value.as_str()?;
    let is_card = ["card_", "src_", "pm_"].iter().any(|prefix| text.starts_with(prefix));
    if is_card { text.parse().ok() } else { None }
}

fn parsed<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str().filter(|text| !text.is_empty()).and_then(|text| text.parse().ok())
}

fn set<T: std::str::FromStr>(value: &Value) -> Patch<T> {
    parsed(value).map_or(Patch::Keep, Patch::Set)
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn news(kind: &str, object: &Value) -> News {
        let event = json!({
            "id": "evt_1", "type": kind, "created": 1_700_000_000, "data": {"object": object},
        });
        StripeEvent::read(event.to_string().as_bytes()).unwrap().news()
    }

    fn card() -> CardName {
        "card_1Abc".parse().unwrap()
    }

    #[test]
    fn a_failed_charge_names_its_card_in_any_generation() {
        for place in [
            json!({"source": {"id": "card_1Abc"}}),
            json!({"source": "card_1Abc"}),
            json!({"payment_method": "card_1Abc", "source": null}),
        ] {
            let mut charge = json!({
                "id": "ch_1", "currency": "eur", "failure_code": "card_declined",
                "failure_message": "Your card was declined.",
            });
            charge.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
            let News::Paid(name, outcome) = news("charge.failed", &charge) else { panic!() };
            assert_eq!((name, outcome.payment.as_str()), (card(), "ch_1"));
            let PaymentResult::Failed { code, message } = outcome.result else { panic!() };
            assert_eq!(code.unwrap().as_str(), "card_declined");
            assert_eq!(message.unwrap().as_str(), "Your card was declined.");
        }
    }

    #[test]
    fn a_changed_source_gives_its_expiry_as_numbers_or_texts() {
        for (kind, month, year) in [
            ("customer.source.updated", json!(8), json!(2099)),
            ("customer.source.updated", json!("8"), json!("2099")),
            ("customer.source.expiring", json!(8), json!(2099)),
        ] {
            let source = json!({"id": "card_1Abc", "exp_month": month, "exp_year": year});
            let News::Changed(name, patch) = news(kind, &source) else { panic!() };
            assert_eq!((name, patch.month.unwrap().get()), (card(), 8));
            assert_eq!(patch.year.unwrap().get(), 2099);
            assert_eq!(patch.news_of.unwrap().as_second(), 1_700_000_000);
        }
    }

    #[test]
    fn the_other_types_say_what_they_say() {
        let id = json!({"id": "card_1Abc"});
        assert_eq!(news("customer.source.deleted", &id), News::Removed(card()));
        let customer = json!({"id": "cus_1", "default_source": "card_1Abc"});
        assert_eq!(news("customer.updated", &customer), News::Default(card()));
        for (kind, object) in [
            ("customer.updated", json!({"id": "cus_1", "default_source": null})),
            ("customer.source.expiring", json!({"id": "ba_1"})),
            ("customer.source.deleted", json!({"id": "ba_1"})),
            ("charge.failed", json!({"id": "ch_1"})),
            ("a.type.of.tomorrow", id.clone()),
            ("charge.succeeded", json!("a text")),
        ] {
            assert_eq!(news(kind, &object), News::Nothing, "{kind}");
        }
    }

    #[test]
    fn what_lacks_an_id_a_type_or_a_time_is_no_event() {
        let event = json!({"id": "evt_1", "type": "x", "created": 1, "data": {"object": {}}});
        assert!(StripeEvent::read(event.to_string().as_bytes()).is_some());
        for name in ["id", "type", "created"] {
            let mut event = event.clone();
            event[name] = json!(null);
            assert!(StripeEvent::read(event.to_string().as_bytes()).is_none(), "{name}");
        }
        assert!(StripeEvent::read(b"[]").is_none() && StripeEvent::read(b"<html>").is_none());
    }
}
