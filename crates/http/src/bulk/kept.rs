//! What a line tells of a card that was on file elsewhere: no single call that makes a card takes it.
//!
//! It is taken as it was there. In particular the bounds of a retry rule are kept while the tenant's
//! own rule is in use, because there they were kept, too.

use cardfile_domain::{
    card::CardStatus,
    command::Brought,
    retry_rule::{MaxFailures, RetryRule, RetryWindow},
};

use super::{
    line::read,
    names::{
        MAKE_DEFAULT, MAX_FAILURES, MAY_BE_EXPIRED, PAYMENT_RETRY_WINDOW, STATUS,
        USE_DEFAULT_RETRY_RULE,
    },
    source::Named,
};
use crate::{crud::object::WritableStatus, failure::Failure};

/// Status, retry rule and the like of a new card.
#[derive(Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) brought: Brought,
    pub(super) retry_rule: RetryRule,
}

impl Kept {
    pub(super) fn of(fields: &[Named<'_>]) -> Result<Self, Failure> {
        let mut found = Vec::new();
        let may_be_expired: Option<bool> = read(fields, MAY_BE_EXPIRED, &mut found)?;
        let max_failures: Option<MaxFailures> = read(fields, MAX_FAILURES, &mut found)?;
        let window_hours: Option<RetryWindow> = read(fields, PAYMENT_RETRY_WINDOW, &mut found)?;
        let status: Option<WritableStatus> = read(fields, STATUS, &mut found)?;
        let use_default: Option<bool> = read(fields, USE_DEFAULT_RETRY_RULE, &mut found)?;
        if !found.is_empty() {
            return Err(Failure::Invalid(found));
        }
        // What is wrong with it is said where it is read as a field of the card.
        let make_default: Option<bool> = read(fields, MAKE_DEFAULT, &mut found)?;
        Ok(Self {
            brought: Brought {
                closed: status.is_some_and(|WritableStatus(status)| status == CardStatus::Closed),
                may_be_expired: may_be_expired.unwrap_or_default(),
                not_default: make_default == Some(false),
            },
            retry_rule: RetryRule {
                use_default: use_default.unwrap_or(true),
                window_hours,
                max_failures,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::source::Source;

    fn of(json: &str) -> Result<Kept, Failure> {
        Kept::of(&Source::Json(json.as_bytes()).fields()?)
    }

    #[test]
    fn what_is_not_told_is_as_for_any_new_card() {
        let kept = of("{}").unwrap();
        assert_eq!(kept, Kept { brought: Brought::default(), retry_rule: RetryRule::default() });
    }

    #[test]
    fn what_is_told_is_taken_as_it_was() {
        let kept = of(r#"{"status":"Closed","useDefaultRetryRule":false,"paymentRetryWindow":24,
            "maxConsecutivePaymentFailures":"3","mayBeExpired":true,"makeDefault":false}"#)
        .unwrap();
        let retry_rule = RetryRule {
            use_default: false,
            window_hours: RetryWindow::try_from(24).ok(),
            max_failures: MaxFailures::try_from(3).ok(),
        };
        let brought = Brought { closed: true, may_be_expired: true, not_default: true };
        assert_eq!(kept, Kept { brought, retry_rule });
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let Err(Failure::Invalid(found)) = of(
            r#"{"status":"Scrubbed","paymentRetryWindow":0,"useDefaultRetryRule":7,"mayBeExpired":1}"#,
        ) else {
            panic!("nothing is wrong")
        };
        let names: Vec<_> = found.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(names, ["mayBeExpired", "paymentRetryWindow", "status", "useDefaultRetryRule"]);
    }
}
