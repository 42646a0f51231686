//! Warnings that cards expire, given to whoever follows the events.

use std::sync::PoisonError;

use cardfile_domain::{
    client::Rights,
    command::{Command, Mode, Target, Write},
    expiry::Expiry,
    expiry_warning,
    id::{EntityId, PaymentMethodId},
    query::{CardField, CardQuery, Comparison, Condition, Operand, Order},
};
use jiff::{SignedDuration, Timestamp};

use crate::{Caller, Failure, Service, housekeeping::CARDFILE_ITSELF};

/// Cards that are read together.
const PAGE: usize = 500;
/// Writes that are handed to the lanes together; single writes go before them.
const WRITES_AT_ONCE: usize = 256;
/// Warnings that are put in order together; more are only due together where nobody looked for years.
const SORTED_AT_ONCE: usize = 100_000;

/// One warning that somebody should have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Timestamp,
    entity: EntityId,
    card: PaymentMethodId,
}

impl Service {
    /// Gives every warning that became due since the last look, and tells how many.
    ///
    /// Each is an ordinary write, decided on what the card says was given before: of several
    /// processes that look at the same time one gives it, and nothing is given twice after a crash.
    pub async fn warn_of_expiry(&self) -> Result<u64, Failure> {
        let now = self.clock.now();
        let since = *self.warned_until.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_some_and(|since| nothing_due(since, now)) {
            return Ok(0);
        }
        let mut given = 0;
        for entity in self.directory.list_entities().await? {
            given += self.warn_in(entity.id, since, now).await?;
        }
        *self.warned_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(given)
    }

    async fn warn_in(
        &self,
        entity: EntityId,
        since: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<u64, Failure> {
        let (mut given, mut due, mut after) = (0, Vec::new(), None);
        loop {
            let page = CardQuery {
                condition: Some(may_be_due(since, now, after)),
                order: vec![Order { field: CardField::Id, descending: false }],
                offset: 0,
                limit: PAGE,
            };
            let cards = self.store.query_cards(entity, &page).await?;
            for card in cards.iter().map(|filed| &filed.card) {
                let warnings = expiry_warning::due(card.expiry, card.activity.warned, now);
                due.extend(warnings.map(|warning| Due {
                    at: warning.due(card.expiry),
                    entity,
                    card: card.id,
                }));
            }
            after = cards.last().map(|filed| filed.card.id);
            if cards.len() < PAGE || due.len() >= SORTED_AT_ONCE {
                given += self.give(&mut due).await?;
            }
            if cards.len() < PAGE {
                return Ok(given);
            }
        }
    }

    /// Gives warnings in the order in which they became due.
    async fn give(&self, due: &mut Vec<Due>) -> Result<u64, Failure> {
        due.sort_unstable();
        let mut given = 0;
        for some in due.chunks(WRITES_AT_ONCE) {
            let writes = some.iter().map(|due| self.warning(*due)).collect();
            for answer in self.store.queue(writes, Mode::Effect).await.await {
                // A refusal says that the card is gone since.
                given += u64::from(answer?.outcome.is_ok_and(|done| !done.unchanged));
            }
        }
        due.clear();
        Ok(given)
    }

    fn warning(&self, due: Due) -> Write {
        let caller = Caller {
            client: CARDFILE_ITSELF,
            entity: due.entity,
            rights: Rights::default(),
            track: None,
        };
        Write {
            target: Target::Card(due.entity, due.card),
            command: Command::WarnOfExpiry,
            context: self.context(&caller),
            claim: None,
        }
    }
}

/// The longest time before the end of a month at which a warning is due, and a little more.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 61);

/// Whether no warning, of whichever month, becomes due after one moment and by another.
fn nothing_due(since: Timestamp, now: Timestamp) -> bool {
    let (Some(mut month), Some(last)) = (Expiry::of_moment(since), month_ahead(now)) else {
        return false;
    };
    while month <= last {
        if expiry_warning::passed(month, since) != expiry_warning::passed(month, now) {
            return false;
        }
        match Expiry::of_moment(month.end()) {
            Some(next) if next > month => month = next,
            _ => break,
        }
    }
    true
}

fn month_ahead(now: Timestamp) -> Option<Expiry> {
    Expiry::of_moment(now.checked_add(AHEAD).unwrap_or(Timestamp::MAX))
}

/// Cards of which a warning may have become due. What expired by the last look was warned of then.
fn may_be_due(
    since: Option<Timestamp>,
    now: Timestamp,
    after: Option<PaymentMethodId>,
) -> Condition {
    let status = Operand::Text("Active".to_owned());
    let mut all = vec![
        Condition::HasAccount(true),
        Condition::Compare(CardField::Status, Comparison::Equal, status),
    ];
    if let Some(last) = month_ahead(now) {
        all.push(expires(last, Comparison::Less, Comparison::LessOrEqual));
    }
    if let Some(first) = since.and_then(Expiry::of_moment) {
        all.push(expires(first, Comparison::Greater, Comparison::GreaterOrEqual));
    }
    if let Some(id) = after {
        let id = Operand::Text(id.to_string());
        all.push(Condition::Compare(CardField::Id, Comparison::Greater, id));
    }
    Condition::All(all)
}

/// In another year, or in the same and another month.
fn expires(bound: Expiry, year: Comparison, month: Comparison) -> Condition {
    let number = |field, comparison, value: i64| {
        Condition::Compare(field, comparison, Operand::Number(value))
    };
    let this_year = i64::from(bound.year.get());
    Condition::Any(vec![
        number(CardField::ExpirationYear, year, this_year),
        Condition::All(vec![
            number(CardField::ExpirationYear, Comparison::Equal, this_year),
            number(CardField::ExpirationMonth, month, bound.month.get().into()),
        ]),
    ])
}

#[cfg(test)]
mod tests {
    use cardfile_domain::expiry_warning::ExpiryWarning;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn it_is_known_without_looking_whether_a_warning_can_be_due() {
        for (since, now, nothing) in [
            // August ends in 61 days, and in 60 a moment later.
            ("2030-07-02T00:00:00Z", "2030-07-02T23:59:59.999999Z", true),
            ("2030-07-02T00:00:00Z", "2030-07-03T00:00:00Z", false),
            ("2030-07-03T00:00:00Z", "2030-07-03T00:00:01Z", true),
            ("2030-08-24T00:00:00Z", "2030-08-25T00:00:00Z", false),
            ("2030-08-31T23:00:00Z", "2030-09-01T00:00:00Z", false),
            ("2030-09-01T00:00:00Z", "2030-09-01T23:00:00Z", true),
            ("2030-07-05T00:00:00Z", "2035-07-05T00:00:00Z", false),
        ] {
            assert_eq!(nothing_due(at(since), at(now)), nothing, "{since} {now}");
        }
    }

    #[test]
    fn what_is_due_first_is_given_first() {
        let due = |day: &str, card: u8| Due {
            at: at(day),
            entity: EntityId::from_bytes([1; 16]),
            card: PaymentMethodId::from_bytes([card; 16]),
        };
        let mut all = [due("2030-07-03T00:00:00Z", 1), due("2030-07-01T00:00:00Z", 2)];
        all.sort_unstable();
        assert_eq!(all.map(|due| due.card.as_bytes()[0]), [2, 1]);
    }

    #[test]
    fn the_page_of_months_reaches_as_far_as_the_earliest_warning() {
        let longest = ExpiryWarning::ALL.map(ExpiryWarning::days_left).into_iter().max();
        assert!(AHEAD > SignedDuration::from_hours(24 * i64::from(longest.unwrap())));
    }
}
