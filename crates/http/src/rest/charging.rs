//! `GET /v1/payment-methods/{payment-method-id}/eligibility` and
//! `GET /v1/accounts/{account-key}/payment-methods/chargeable`: which card would be charged at a
//! moment, and every rule that decided. Extensions: Zuora tells nobody.

use axum::{extract::Query, response::Response};
use cardfile_domain::{
    eligibility::{Decision, Judgement},
    id::PaymentMethodId,
    refusal::Refusal,
};
use cardfile_service::Standing;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    UseCases,
    failure::{Failure, Violation},
    layers::Entered,
    reply,
    rest::path::{AccountPath, CardPath},
};

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Moment {
    at: Option<String>,
}

impl Moment {
    fn read(&self, now: Timestamp) -> Result<Timestamp, Failure> {
        let Some(text) = &self.at else { return Ok(now) };
        text.parse().map_err(|_| {
            Failure::Invalid(vec![Violation {
                field: "at".to_owned(),
                message: "must be a moment such as 2031-01-31T12:00:00Z".into(),
                missing: false,
            }])
        })
    }
}

/// Where the account's card stands, in a word.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
enum Known {
    /// It was judged.
    OnFile,
    /// It came later.
    NotYetOnFile,
    /// It was deleted since.
    DeletedSince,
    /// The account has no default card.
    NoDefault,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    success: bool,
    payment_method_id: Option<PaymentMethodId>,
    at: Timestamp,
    eligible: bool,
    eligible_from: Option<Timestamp>,
    standing: Known,
    decisions: Vec<Decision>,
}

impl Answer {
    fn new(card: Option<(PaymentMethodId, Standing)>, at: Timestamp) -> Self {
        let (id, standing) = card.unzip();
        let (known, judgement) = match standing {
            Some(Standing::Judged(judgement)) => (Known::OnFile, Some(judgement)),
            Some(Standing::NotYet) => (Known::NotYetOnFile, None),
            Some(Standing::Forgotten) => (Known::DeletedSince, None),
            None => (Known::NoDefault, None),
        };
        let Judgement { eligible, from, decisions } =
            judgement.unwrap_or(Judgement { eligible: false, from: None, decisions: Vec::new() });
        Self {
            success: true,
            payment_method_id: id,
            at,
            eligible,
            eligible_from: from,
            standing: known,
            decisions,
        }
    }
}

pub(crate) async fn eligibility(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: CardPath,
    Query(moment): Query<Moment>,
) -> Result<Response, Failure> {
    let at = moment.read(service.now())?;
    match service.eligibility(&caller, path.key, at).await {
        Ok(standing) => Ok(reply::ok(&Answer::new(Some((path.key, standing)), at))),
        Err(failure) => Err(path.explain(failure, Refusal::CardNotFound)),
    }
}

pub(crate) async fn chargeable(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: AccountPath,
    Query(moment): Query<Moment>,
) -> Result<Response, Failure> {
    let at = moment.read(service.now())?;
    let explain = |failure| path.explain(failure, Refusal::AccountNotFound);
    let account = service.find_account(&caller, &path.key).await.map_err(explain)?;
    let found = service.chargeable(&caller, &account, at).await?;
    Ok(reply::ok(&Answer::new(found.card, at)))
}
