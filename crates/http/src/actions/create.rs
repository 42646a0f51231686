//! `POST /v1/action/create`.

use axum::{Extension, response::Response};
use cardfile_domain::id::PaymentMethodId;
use cardfile_service::{Caller, Service};
use futures::future::join_all;

use super::batch::{Batch, SaveResult, answer, claim_at};
use crate::{
    UseCases,
    body::Json,
    context::RequestContext,
    crud::{
        create::{NewCard, create_card},
        object::CardObject,
        strict::Strict,
    },
    failure::Failure,
    idempotency::{IdempotencyKey, begin_call},
    layers::Entered,
};

/// Accounts whose cards are verified at the same time, on behalf of one call.
const SIDE_BY_SIDE: usize = 8;

/// A card to put on file, and its place in the call.
type Placed = (usize, NewCard);
type Outcome = (usize, Result<PaymentMethodId, Failure>);

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    Extension(context): Extension<RequestContext>,
    Strict(strict): Strict,
    Json { value, key }: Json<Batch>,
) -> Result<Response, Failure> {
    strict.refuse(value.is_strange(CardObject::is_strange_to_create))?;
    let _call = begin_call(key.as_ref(), &service, &caller).await?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut cards: Vec<Placed> = Vec::new();
    for (index, object) in value.into_objects()?.into_iter().enumerate() {
        match object.into_new() {
            Ok(card) => cards.push((index, card)),
            Err(failure) => outcomes.push((index, Err(failure))),
        }
    }
    let mut queues = queues(cards).into_iter();
    loop {
        let next: Vec<_> = queues.by_ref().take(SIDE_BY_SIDE).collect();
        if next.is_empty() {
            break;
        }
        let done = next.into_iter().map(|queue| run(&service, &caller, key.as_ref(), queue));
        outcomes.extend(join_all(done).await.into_iter().flatten());
    }
    outcomes.sort_by_key(|(index, _)| *index);
    let may_pass = outcomes.iter().any(|(_, result)| result.as_ref().is_err_and(Failure::may_pass));
    let results: Vec<_> =
        outcomes.into_iter().map(|(_, result)| SaveResult::new(result, &context)).collect();
    Ok(answer(&results, may_pass))
}

/// Puts the cards of one account on file, one after the other: the first becomes the default.
async fn run(
    service: &Service,
    caller: &Caller,
    key: Option<&IdempotencyKey>,
    queue: Vec<Placed>,
) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(queue.len());
    for (index, card) in queue {
        let result = match claim_at(key, index, service, caller).await {
            Ok(claim) => create_card(service, caller, card, claim).await,
            Err(failure) => Err(failure),
        };
        outcomes.push((index, result));
    }
    outcomes
}

/// The cards of one account in one queue, in the order of the call.
///
/// An account has an id and a number. Where a call uses both forms, two names may be one account,
/// so everything goes into one queue.
fn queues(cards: Vec<Placed>) -> Vec<Vec<Placed>> {
    let is_id = |card: &Placed| card.1.account.as_ref().map(|key| key.as_account_id().is_some());
    let mut forms = cards.iter().filter_map(is_id);
    let first = forms.next();
    if forms.any(|form| Some(form) != first) {
        return vec![cards];
    }
    let mut queues: Vec<Vec<Placed>> = Vec::new();
    for card in cards {
        let account = &card.1.account;
        let same = |queue: &&mut Vec<Placed>| {
            account.is_some() && queue.first().is_some_and(|(_, other)| other.account == *account)
        };
        match queues.iter_mut().find(same) {
            Some(queue) => queue.push(card),
            None => queues.push(vec![card]),
        }
    }
    queues
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn places(accounts: &[Option<&str>]) -> Vec<Vec<usize>> {
        let card = |(index, account): (usize, Option<&str>)| {
            let json = json!({
                "Type": "CreditCard",
                "AccountId": account,
                "CreditCardType": "Visa",
                "CreditCardNumber": "4111111111111111",
                "CreditCardExpirationMonth": 12,
                "CreditCardExpirationYear": 2099,
                "CreditCardHolderName": "Leo",
            });
            let object: CardObject = serde_json::from_str(&json.to_string()).unwrap();
            (index, object.into_new().unwrap())
        };
        let queues = queues(accounts.iter().copied().enumerate().map(card).collect());
        let places = |queue: Vec<Placed>| queue.into_iter().map(|(index, _)| index).collect();
        queues.into_iter().map(places).collect()
    }

    #[test]
    fn the_cards_of_an_account_wait_for_each_other_and_for_nobody_else() {
        let (a, b) = (Some("A"), Some("B"));
        assert_eq!(places(&[a, b, a, None, b, None]), [vec![0, 2], vec![1, 4], vec![3], vec![5]]);
        assert!(places(&[]).is_empty());
    }

    #[test]
    fn where_ids_and_numbers_are_mixed_nothing_happens_at_once() {
        let id = Some("2c92c0f952e407170152f11b73e65d85");
        let other = Some("2c92c0f952e407170152f11b73e65d86");
        assert_eq!(places(&[id, None, Some("A")]), [[0, 1, 2]]);
        assert_eq!(places(&[id, other]), [[0], [1]]);
    }
}
