//! Cards that Stripe keeps: their numbers go from the card holder to Stripe and never come here.

use async_trait::async_trait;
use cardfile_domain::{
    gateway::{Addition, KeeperFault, KeptCard, KeptChange},
    id::EntityId,
    ports::Keeper,
};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    Stripe,
    answer::{self, ApiError, is_id},
    client::{Call, Trouble},
    form::Form,
};

#[async_trait]
impl Keeper for Stripe {
    fn keeps(&self, _: EntityId) -> bool {
        true
    }

    async fn add(&self, _: EntityId, addition: Addition<'_>) -> Result<KeptCard, KeeperFault> {
        if !is_id(addition.token) {
            return Err(KeeperFault::NoCard);
        }
        let until = Instant::now() + self.within;
        let reference = format!("cardfile-{:032x}", addition.reference);
        let customer = match addition.customer {
            Some(customer) => known(customer, KeeperFault::NoCustomer)?.to_owned(),
            None => self.open_customer(&reference, until).await?,
        };
        let path = format!("/v1/customers/{customer}/sources");
        let form = Form::new().with("source", addition.token);
        let key = format!("{reference}-add");
        match self.client.call(Call::make(&path, form, &key), until).await {
            Ok(card) => answer::card(&customer, &card).ok_or(KeeperFault::Silent),
            Err(trouble) => {
                // A customer without a card would be left over for nothing.
                if addition.customer.is_none() && matches!(trouble, Trouble::Refused(_)) {
                    self.remove_customer(&customer).await;
                }
                Err(fault(&trouble, KeeperFault::NoCard))
            }
        }
    }

    async fn set_default(
        &self,
        _: EntityId,
        customer: &str,
        card: &str,
    ) -> Result<(), KeeperFault> {
        let path = customer_path(customer)?;
        let form = Form::new().with("default_source", known(card, KeeperFault::NoCard)?);
        self.ask(Call::set(&path, form), KeeperFault::NoCustomer).await.map(drop)
    }

    async fn update(
        &self,
        _: EntityId,
        customer: &str,
        card: &str,
        change: &KeptChange,
    ) -> Result<KeptCard, KeeperFault> {
        let path = card_path(customer, card)?;
        let form = changed(change);
        let card = self.ask(Call::set(&path, form), KeeperFault::NoCard).await?;
        answer::card(customer, &card).ok_or(KeeperFault::Silent)
    }

    async fn remove(&self, _: EntityId, customer: &str, card: &str) -> Result<(), KeeperFault> {
        let path = card_path(customer, card)?;
        // What is told of the removed card differs: it, its customer, or nothing that can be relied on.
        match self.ask(Call::remove(&path), KeeperFault::NoCard).await {
            Ok(_) | Err(KeeperFault::NoCard | KeeperFault::NoCustomer) => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}

impl Stripe {
    async fn open_customer(&self, reference: &str, until: Instant) -> Result<String, KeeperFault> {
        let form = Form::new().with("metadata[cardfile_reference]", reference);
        let key = format!("{reference}-open");
        let made = self.client.call(Call::make("/v1/customers", form, &key), until).await;
        match made {
            Ok(customer) => answer::id(&customer).map(str::to_owned).ok_or(KeeperFault::Silent),
            Err(trouble) => Err(fault(&trouble, KeeperFault::Refused)),
        }
    }

    async fn ask(&self, call: Call<'_>, missing: KeeperFault) -> Result<Value, KeeperFault> {
        let until = Instant::now() + self.within;
        self.client.call(call, until).await.map_err(|trouble| fault(&trouble, missing))
    }
}

fn customer_path(customer: &str) -> Result<String, KeeperFault> {
    Ok(format!("/v1/customers/{}", known(customer, KeeperFault::NoCustomer)?))
}

fn card_path(customer: &str, card: &str) -> Result<String, KeeperFault> {
    let customer = customer_path(customer)?;
    Ok(format!("{customer}/sources/{}", known(card, KeeperFault::NoCard)?))
}

/// An id that may stand in a path; nothing else is known to Stripe.
fn known(id: &str, otherwise: KeeperFault) -> Result<&str, KeeperFault> {
    if is_id(id) { Ok(id) } else { Err(otherwise) }
}

fn changed(change: &KeptChange) -> Form {
    let KeptChange { month, year, name, line1, line2, city, state, zip, country } = change;
    let month = month.map(|month| month.get().to_string());
    let year = year.map(|year| year.get().to_string());
    Form::new()
        .with_some("exp_month", month.as_deref())
        .with_some("exp_year", year.as_deref())
        .with_some("name", name.as_deref())
        .with_some("address_line1", line1.as_deref())
        .with_some("address_line2", line2.as_deref())
        .with_some("address_city", city.as_deref())
        .with_some("address_state", state.as_deref())
        .with_some("address_zip", zip.as_deref())
        .with_some("address_country", country.as_deref())
}

/// What a trouble means where `missing` is what is most likely not there.
fn fault(trouble: &Trouble, missing: KeeperFault) -> KeeperFault {
    match trouble {
        Trouble::NotSent => KeeperFault::Unreachable,
        Trouble::Lost => KeeperFault::Silent,
        Trouble::Refused(error) => refused(error, missing),
    }
}

fn refused(error: &ApiError, missing: KeeperFault) -> KeeperFault {
    if let Some(decline) = error.decline() {
        KeeperFault::Declined(decline)
    } else if error.is_used_token() {
        KeeperFault::TokenUsed
    } else if error.is_missing() {
        match error.param.as_deref() {
            Some("customer" | "id") => KeeperFault::NoCustomer,
            Some("source" | "default_source" | "token" | "card") => KeeperFault::NoCard,
            _ => missing,
        }
    } else {
        tracing::warn!(?error, "Stripe refused a request");
        KeeperFault::Refused
    }
}

#[cfg(test)]
mod tests {
    use cardfile_domain::refusal::Decline;
    use serde_json::json;

    use super::*;

    fn told(status: u16, error: &Value) -> KeeperFault {
        let error = ApiError::of(status, &json!({ "error": error }));
        fault(&Trouble::Refused(error), KeeperFault::NoCard)
    }

    #[test]
    fn what_is_missing_is_told_by_the_name_of_the_parameter() {
        let missing =
            |param: Value| told(404, &json!({"code": "resource_missing", "param": param}));
        assert_eq!(missing(json!("customer")), KeeperFault::NoCustomer);
        assert_eq!(missing(json!("source")), KeeperFault::NoCard);
        assert_eq!(missing(json!(null)), KeeperFault::NoCard);
        // An unknown default source is a bad request.
        let bogus = json!({"code": "resource_missing", "param": "source"});
        assert_eq!(told(400, &bogus), KeeperFault::NoCard);
        // Without any code, the status has to do.
        assert_eq!(told(404, &json!({"message": "Not Found"})), KeeperFault::NoCard);
    }

    #[test]
    fn a_token_that_was_used_is_told_from_a_decline() {
        assert_eq!(told(400, &json!({"code": "token_already_used"})), KeeperFault::TokenUsed);
        let lost = json!({"code": "card_declined", "decline_code": "lost_card"});
        assert_eq!(told(402, &lost), KeeperFault::Declined(Decline::LostOrStolen));
        assert_eq!(told(401, &json!({})), KeeperFault::Refused);
    }

    #[test]
    fn only_ids_get_into_a_path() {
        assert_eq!(card_path("cus_1", "card_1").unwrap(), "/v1/customers/cus_1/sources/card_1");
        for bad in ["", "../charges", "card_1?x", "card 1", "cárd"] {
            assert_eq!(card_path("cus_1", bad), Err(KeeperFault::NoCard), "{bad}");
            assert_eq!(card_path(bad, "card_1"), Err(KeeperFault::NoCustomer), "{bad}");
        }
    }

    #[test]
    fn a_change_sends_what_it_names_and_empties_what_is_empty() {
        let change = KeptChange {
            month: Some("8".parse().unwrap()),
            name: Some("Leo".to_owned()),
            line2: Some(String::new()),
            ..KeptChange::default()
        };
        assert_eq!(changed(&change).into_bytes(), "exp_month=8&name=Leo&address_line2=");
    }
}
