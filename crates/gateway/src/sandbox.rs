//! A gateway that asks nobody: its verdict depends on the card number alone.
//!
//! It is for trying things out and for tests, and needs no network. The numbers that it declines are
//! published test numbers, known from Stripe's documentation, and mean the same here:
//!
//! | number             | verdict                                                     |
//! |--------------------|-------------------------------------------------------------|
//! | `4000000000000002` | declined, the issuer gives no reason                        |
//! | `4000000000009995` | declined, not enough money                                  |
//! | `4000000000009987` | declined, lost                                              |
//! | `4000000000009979` | declined, stolen                                            |
//! | `4000000000000069` | declined, expired                                           |
//! | `4000000000000127` | declined, wrong security code; approved if none was given   |
//! | `4000000000000119` | declined, the gateway could not process the request         |
//! | `4000000000000408` | unknown: no answer in time (not Stripe's; as in HTTP's 408)  |
//! | any other          | approved                                                    |
//!
//! The option `sandboxVerdict` overrules the table for any number: `"approved"`, `"declined"`
//! (without a reason) or `"unknown"`. Any other value of it, like any other option, is ignored.
//!
//! The digits of a security code are never looked at, so no verdict depends on them.

use async_trait::async_trait;
use cardfile_domain::card_number::CardNumber;
use cardfile_domain::ports::{Gateway, Verdict, Verification};
use cardfile_domain::refusal::Decline;

const VERDICT_OPTION: &str = "sandboxVerdict";

/// The gateway for trying things out; see the table of numbers in this module's documentation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sandbox;

#[async_trait]
impl Gateway for Sandbox {
    async fn verify(&self, verification: Verification<'_>) -> Verdict {
        let has_code = verification.security_code.is_some();
        let asked_for = verification
            .options
            .get(VERDICT_OPTION)
            .and_then(|value| verdict_named(value.as_str()?));
        // The verification is dropped on return, and the code in it is wiped.
        asked_for.unwrap_or_else(|| verdict_on(verification.number, has_code))
    }
}

fn verdict_named(name: &str) -> Option<Verdict> {
    match name {
        "approved" => Some(Verdict::Approved),
        "declined" => Some(Verdict::Declined(Decline::DoNotHonor)),
        "unknown" => Some(Verdict::Unknown),
        _ => None,
    }
}

fn verdict_on(number: &CardNumber, has_code: bool) -> Verdict {
    let decline = match number.expose() {
        "4000000000000002" => Decline::DoNotHonor,
        "4000000000009995" => Decline::InsufficientFunds,
        "4000000000009987" | "4000000000009979" => Decline::LostOrStolen,
        "4000000000000069" => Decline::ExpiredCard,
        "4000000000000127" if has_code => Decline::IncorrectSecurityCode,
        "4000000000000119" => Decline::ProcessingError,
        "4000000000000408" => return Verdict::Unknown,
        _ => return Verdict::Approved,
    };
    Verdict::Declined(decline)
}

#[cfg(test)]
mod tests {
    use cardfile_domain::expiry::Expiry;
    use cardfile_domain::id::EntityId;
    use cardfile_domain::security_code::SecurityCode;
    use serde_json::{Map, Value, json};

    use super::*;

    const CODES: [Option<&str>; 2] = [None, Some("123")];

    async fn verdict(number: &str, code: Option<&str>, options: Value) -> Verdict {
        let number: CardNumber = number.parse().unwrap();
        let options: Map<String, Value> = serde_json::from_value(options).unwrap();
        Sandbox
            .verify(Verification {
                entity: EntityId::from_bytes([7; 16]),
                number: &number,
                expiry: Expiry { year: "2999".parse().unwrap(), month: "12".parse().unwrap() },
                holder_name: None,
                security_code: code.map(|code| code.parse::<SecurityCode>().unwrap()),
                currency: None,
                options: &options,
            })
            .await
    }

    #[tokio::test]
    async fn a_test_number_gets_the_verdict_that_it_stands_for() {
        for (number, expected) in [
            ("4000000000000002", Verdict::Declined(Decline::DoNotHonor)),
            ("4000000000009995", Verdict::Declined(Decline::InsufficientFunds)),
            ("4000000000009987", Verdict::Declined(Decline::LostOrStolen)),
            ("4000000000009979", Verdict::Declined(Decline::LostOrStolen)),
            ("4000000000000069", Verdict::Declined(Decline::ExpiredCard)),
            ("4000000000000119", Verdict::Declined(Decline::ProcessingError)),
            ("4000000000000408", Verdict::Unknown),
        ] {
            for code in CODES {
                assert_eq!(verdict(number, code, json!({})).await, expected, "{number}");
            }
        }
    }

    #[tokio::test]
    async fn any_other_number_is_approved() {
        for number in [
            "4111111111111111",
            "4242424242424242",
            "5555555555554444",
            "378282246310005",
            "6011111111111117",
            "3530111333300000",
            "30569309025904",
        ] {
            for code in CODES {
                assert_eq!(verdict(number, code, json!({})).await, Verdict::Approved);
            }
        }
    }

    #[tokio::test]
    async fn a_wrong_code_is_only_wrong_where_a_code_was_given() {
        let number = "4000000000000127";
        assert_eq!(verdict(number, None, json!({})).await, Verdict::Approved);
        for code in ["000", "123", "9999"] {
            assert_eq!(
                verdict(number, Some(code), json!({})).await,
                Verdict::Declined(Decline::IncorrectSecurityCode)
            );
        }
    }

    #[tokio::test]
    async fn the_option_overrules_the_number() {
        for number in ["4111111111111111", "4000000000009995", "4000000000000408"] {
            for (name, expected) in [
                ("approved", Verdict::Approved),
                ("declined", Verdict::Declined(Decline::DoNotHonor)),
                ("unknown", Verdict::Unknown),
            ] {
                let options = json!({ "sandboxVerdict": name });
                for code in CODES {
                    assert_eq!(verdict(number, code, options.clone()).await, expected);
                }
            }
        }
    }

    #[tokio::test]
    async fn an_option_that_means_nothing_is_ignored() {
        for options in [
            json!({ "sandboxVerdict": "Declined" }),
            json!({ "sandboxVerdict": true }),
            json!({ "sandboxVerdict": null }),
            json!({ "verdict": "declined", "nested": { "sandboxVerdict": "unknown" } }),
        ] {
            assert_eq!(verdict("4111111111111111", None, options.clone()).await, Verdict::Approved);
            assert_eq!(
                verdict("4000000000000002", None, options).await,
                Verdict::Declined(Decline::DoNotHonor)
            );
        }
    }
}
