//! Verification of a number that is kept here.

use async_trait::async_trait;
use cardfile_domain::{
    gateway::Trail,
    id::EntityId,
    ports::{Gateway, Verdict, Verification},
    refusal::Decline,
    security_code::SecurityCode,
};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    Stripe,
    answer::{self, code_failed, first_card, is_id},
    client::{Call, Trouble},
    form::Form,
};

#[async_trait]
impl Gateway for Stripe {
    async fn verify(&self, verification: Verification<'_>) -> Verdict {
        let until = Instant::now() + self.within;
        let reference = format!("cardfile-{:032x}", verification.reference);
        let has_code = verification.security_code.is_some();
        let token = match self.tokenize(verification, &reference, until).await {
            Ok(token) => token,
            Err(verdict) => return verdict,
        };
        let customer = match self.make_customer(&reference, until).await {
            Ok(customer) => customer,
            Err(verdict) => return verdict,
        };
        let question = Question { customer, token, reference, has_code };
        let verdict = self.attach(&question, until).await;
        if !matches!(verdict, Verdict::Unknown(_)) {
            self.remove_customer(&question.customer).await;
        }
        verdict
    }

    async fn trace(&self, _: EntityId, trail: &Trail) -> Verdict {
        let Some(question) = Question::read(trail) else {
            return Verdict::Unknown(trail.clone());
        };
        let until = Instant::now() + self.within;
        let path = format!("/v1/customers/{}?expand%5B%5D=sources", question.customer);
        match self.client.call(Call::get(&path), until).await {
            Ok(customer) if customer["deleted"] == true => Verdict::Unknown(trail.clone()),
            Ok(customer) => match first_card(&customer) {
                Some(card) => question.judge(card),
                // It may have been asked before, whatever keeps it from being asked now.
                None => match self.attach(&question, until).await {
                    Verdict::Unasked => Verdict::Unknown(trail.clone()),
                    verdict => verdict,
                },
            },
            Err(_) => Verdict::Unknown(trail.clone()),
        }
    }

    async fn let_go(&self, _: EntityId, trail: &Trail) {
        if let Some(question) = Question::read(trail) {
            self.remove_customer(&question.customer).await;
        }
    }
}

/// A question whose token and customer exist.
struct Question {
    customer: String,
    token: String,
    reference: String,
    has_code: bool,
}

impl Question {
    fn trail(&self) -> Trail {
        let Self { customer, token, reference, has_code } = self;
        Trail::new(format!("{customer} {token} {reference} {has_code}"))
    }

    fn read(trail: &Trail) -> Option<Self> {
        let mut words = trail.as_str().split(' ');
        let mut next = || words.next().filter(|word| is_id(word)).map(str::to_owned);
        let (customer, token, reference) = (next()?, next()?, next()?);
        Some(Self { customer, token, reference, has_code: next()? == "true" })
    }

    fn judge(&self, card: &Value) -> Verdict {
        // Whether a wrong code alone is a reason to decline is a setting at Stripe; here it always is.
        if self.has_code && code_failed(card) {
            Verdict::Declined(Decline::IncorrectSecurityCode)
        } else {
            Verdict::Approved
        }
    }
}

impl Stripe {
    /// Makes a token, which asks no issuer: whatever goes wrong here, the question may be put again.
    async fn tokenize(
        &self,
        verification: Verification<'_>,
        reference: &str,
        until: Instant,
    ) -> Result<String, Verdict> {
        let Verification { number, expiry, holder_name, security_code, .. } = verification;
        let form = Form::new()
            .with("card[number]", number.expose())
            .with("card[exp_month]", &expiry.month.get().to_string())
            .with("card[exp_year]", &expiry.year.get().to_string())
            .with_some("card[name]", holder_name.map(AsRef::as_ref))
            .with_some("card[cvc]", security_code.as_ref().map(SecurityCode::expose));
        drop(security_code);
        let key = format!("{reference}-token");
        self.make("/v1/tokens", form, &key, until).await
    }

    async fn make_customer(&self, reference: &str, until: Instant) -> Result<String, Verdict> {
        let form = Form::new()
            .with("description", "Cardfile: verification of a card, removed afterwards")
            .with("metadata[cardfile_reference]", reference);
        let key = format!("{reference}-customer");
        self.make("/v1/customers", form, &key, until).await
    }

    /// Makes something that asks no issuer, and tells its id.
    async fn make(
        &self,
        path: &str,
        form: Form,
        key: &str,
        until: Instant,
    ) -> Result<String, Verdict> {
        match self.client.call(Call::make(path, form, key), until).await {
            Ok(made) => answer::id(&made).map(str::to_owned).ok_or(Verdict::Unasked),
            Err(Trouble::Refused(error)) => {
                tracing::debug!(path, ?error, "Stripe refused a request");
                Err(error.decline().map_or(Verdict::Unasked, Verdict::Declined))
            }
            Err(Trouble::NotSent | Trouble::Lost) => Err(Verdict::Unasked),
        }
    }

    /// Has Stripe ask the issuer, or tell what the issuer said when it was asked before.
    async fn attach(&self, question: &Question, until: Instant) -> Verdict {
        let path = format!("/v1/customers/{}/sources", question.customer);
        let form = Form::new().with("source", &question.token);
        let key = format!("{}-source", question.reference);
        match self.client.call(Call::make(&path, form, &key), until).await {
            Ok(card) if card["object"] == "card" => question.judge(&card),
            Ok(_) | Err(Trouble::Lost) => Verdict::Unknown(question.trail()),
            Err(Trouble::Refused(error)) => match error.decline() {
                Some(decline) => Verdict::Declined(decline),
                // The first attempt was carried out, and its answer is kept no longer.
                None if error.is_used_token() => Verdict::Unknown(question.trail()),
                None => {
                    tracing::warn!(?error, "Stripe refused to attach a card");
                    Verdict::Unasked
                }
            },
            Err(Trouble::NotSent) => Verdict::Unasked,
        }
    }

    /// Removes a customer that was made for a question, or at least its card.
    pub(super) async fn remove_customer(&self, customer: &str) {
        let until = Instant::now() + self.within;
        let path = format!("/v1/customers/{customer}");
        match self.client.call(Call::remove(&path), until).await {
            Ok(_) => {}
            Err(Trouble::Refused(error)) if error.is_missing() => {}
            Err(trouble) => tracing::warn!(?trouble, "a customer at Stripe could not be removed"),
        }
    }
}
