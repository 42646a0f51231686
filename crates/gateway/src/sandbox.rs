//! A gateway that asks nobody: its verdict depends on the card number alone.
//!
//! It is for trying things out and for tests, and needs no network. The numbers that it declines are
//! published test numbers, known from Stripe's documentation, and mean the same here. The last four are
//! its own:
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
//! | `4000000000000200` | approved, but only after two seconds                        |
//! | `4000000000000408` | unknown: no answer in time, and the issuer was not asked    |
//! | `4000000000000499` | unknown: the issuer approved, and the answer was lost       |
//! | `4000000000000598` | unknown: the issuer declined, and the answer was lost       |
//! | any other          | approved                                                    |
//!
//! The option `sandboxVerdict` overrules the table for any number: `"approved"`, `"declined"`
//! (without a reason), `"slow"`, `"timeout"`, `"lost_approved"`, `"lost_declined"`, or `"unknown"`, of
//! which it is never found out what became. Any other value of it, like any other option, is ignored.
//!
//! The digits of a security code are never looked at, so no verdict depends on them.

use std::time::Duration;

use async_trait::async_trait;
use cardfile_domain::card_number::CardNumber;
use cardfile_domain::gateway::Trail;
use cardfile_domain::id::EntityId;
use cardfile_domain::ports::{Gateway, Verdict, Verification};
use cardfile_domain::refusal::Decline;
use tokio::time::sleep;

const VERDICT_OPTION: &str = "sandboxVerdict";

/// How long a slow answer takes.
const SLOW: Duration = Duration::from_secs(2);

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
            .and_then(|value| course_named(value.as_str()?));
        let course = asked_for.unwrap_or_else(|| course_of(verification.number, has_code));
        // The code is wiped before anybody has to wait.
        drop(verification);
        match course {
            Course::Told(verdict) => verdict,
            Course::Slow => {
                sleep(SLOW).await;
                Verdict::Approved
            }
            Course::Lost(truth) => Verdict::Unknown(Trail::new(truth)),
        }
    }

    /// The trail is the truth: the sandbox has no other memory, and so forgets nothing.
    async fn trace(&self, _: EntityId, trail: &Trail) -> Verdict {
        match trail.as_str() {
            APPROVED => Verdict::Approved,
            DECLINED => Verdict::Declined(Decline::DoNotHonor),
            UNASKED => Verdict::Unasked,
            _ => Verdict::Unknown(trail.clone()),
        }
    }

    fn heeds(&self, _: EntityId, option: &str) -> bool {
        option == VERDICT_OPTION
    }
}

const APPROVED: &str = "approved";
const DECLINED: &str = "declined";
const UNASKED: &str = "unasked";
const UNKNOWN: &str = "unknown";

/// The course that a question takes.
enum Course {
    /// There is an answer.
    Told(Verdict),
    /// The card is good, and it takes a while to say so.
    Slow,
    /// There is no answer, and this is what became of the question.
    Lost(&'static str),
}

fn course_named(name: &str) -> Option<Course> {
    Some(match name {
        "approved" => Course::Told(Verdict::Approved),
        "declined" => Course::Told(Verdict::Declined(Decline::DoNotHonor)),
        "slow" => Course::Slow,
        "timeout" => Course::Lost(UNASKED),
        "lost_approved" => Course::Lost(APPROVED),
        "lost_declined" => Course::Lost(DECLINED),
        "unknown" => Course::Lost(UNKNOWN),
        _ => return None,
    })
}

fn course_of(number: &CardNumber, has_code: bool) -> Course {
    let decline = match number.expose() {
        "4000000000000002" => Decline::DoNotHonor,
        "4000000000009995" => Decline::InsufficientFunds,
        "4000000000009987" | "4000000000009979" => Decline::LostOrStolen,
        "4000000000000069" => Decline::ExpiredCard,
        "4000000000000127" if has_code => Decline::IncorrectSecurityCode,
        "4000000000000119" => Decline::ProcessingError,
        "4000000000000200" => return Course::Slow,
        "4000000000000408" => return Course::Lost(UNASKED),
        "4000000000000499" => return Course::Lost(APPROVED),
        "4000000000000598" => return Course::Lost(DECLINED),
        _ => return Course::Told(Verdict::Approved),
    };
    Course::Told(Verdict::Declined(decline))
}

#[cfg(test)]
mod tests {
    use cardfile_domain::expiry::Expiry;
    use cardfile_domain::security_code::SecurityCode;
    use serde_json::{Map, Value, json};

    use super::*;

    const ENTITY: EntityId = EntityId::from_bytes([7; 16]);
    const CODES: [Option<&str>; 2] = [None, Some("123")];

    async fn verdict(number: &str, code: Option<&str>, options: Value) -> Verdict {
        let number: CardNumber = number.parse().unwrap();
        let options: Map<String, Value> = serde_json::from_value(options).unwrap();
        Sandbox
            .verify(Verification {
                entity: ENTITY,
                reference: 1,
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
            ("4000000000000408", Verdict::Unknown(Trail::new(UNASKED))),
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
                ("unknown", Verdict::Unknown(Trail::new(UNKNOWN))),
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

    #[tokio::test]
    async fn what_became_of_a_lost_answer_is_found_out_later_and_stays_so() {
        for (number, option, truth) in [
            ("4000000000000408", "timeout", Some(Verdict::Unasked)),
            ("4000000000000499", "lost_approved", Some(Verdict::Approved)),
            ("4000000000000598", "lost_declined", Some(Verdict::Declined(Decline::DoNotHonor))),
            ("4242424242424242", "unknown", None),
        ] {
            let by_option = verdict(number, None, json!({ "sandboxVerdict": option })).await;
            let Verdict::Unknown(trail) = by_option.clone() else { panic!("{by_option:?}") };
            if let Some(truth) = &truth {
                assert_eq!(verdict(number, Some("123"), json!({})).await, by_option);
                assert_eq!(Sandbox.trace(ENTITY, &trail).await, *truth);
            }
            assert_eq!(Sandbox.trace(ENTITY, &trail).await, truth.unwrap_or(by_option));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_approval_takes_two_seconds() {
        let begun = tokio::time::Instant::now();
        assert_eq!(verdict("4000000000000200", None, json!({})).await, Verdict::Approved);
        assert_eq!(begun.elapsed(), SLOW);
    }

    #[test]
    fn the_one_option_is_heeded() {
        assert!(Sandbox.heeds(ENTITY, "sandboxVerdict") && !Sandbox.heeds(ENTITY, "avs"));
    }
}
