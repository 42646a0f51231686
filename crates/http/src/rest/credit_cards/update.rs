//! `PUT /v1/payment-methods/credit-cards/{payment-method-id}`: the call that the product is for.

use axum::response::Response;
use cardfile_domain::{
    command::{CardPatch, CodeUse, HolderPatch},
    country::Country,
    expiry::{ExpirationMonth, ExpirationYear},
    failures::ConsecutiveFailures,
    id::PaymentMethodId,
    refusal::Refusal,
    security_code::SecurityCode,
    text::{AddressLine, CardHolderName, City, Email, Phone, StateName, ZipCode},
};
use cardfile_service::{CardChange, CodePolicy};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use validator::Validate;

use crate::{
    UseCases,
    body::Json,
    failure::Failure,
    fields::{Erasable, Field, FreeObject, Object},
    idempotency::claim_of,
    layers::Entered,
    reply,
    rest::{
        path::CardPath,
        rest_fields::{custom_fields, each_once},
    },
    violations::{Naming, check_with},
};

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    #[validate(nested)]
    address_line1: Field<Erasable<AddressLine>>,
    #[validate(nested)]
    address_line2: Field<Erasable<AddressLine>>,
    #[validate(nested)]
    card_holder_name: Field<CardHolderName>,
    #[validate(nested)]
    city: Field<Erasable<City>>,
    #[validate(nested)]
    country: Field<Erasable<Country>>,
    #[validate(nested)]
    default_payment_method: Field<bool>,
    #[validate(nested)]
    email: Field<Erasable<Email>>,
    #[validate(nested)]
    expiration_month: Field<ExpirationMonth>,
    #[validate(nested)]
    expiration_year: Field<ExpirationYear>,
    #[validate(nested)]
    gateway_options: Object<FreeObject>,
    #[validate(nested)]
    num_consecutive_failures: Field<ConsecutiveFailures>,
    #[validate(nested)]
    phone: Field<Erasable<Phone>>,
    #[validate(nested)]
    security_code: Field<SecurityCode>,
    #[validate(nested)]
    state: Field<Erasable<StateName>>,
    #[validate(nested)]
    zip_code: Field<Erasable<ZipCode>>,
    #[serde(flatten, deserialize_with = "each_once")]
    rest: Map<String, Value>,
}

impl Request {
    pub(crate) fn into_change(mut self) -> Result<CardChange, Failure> {
        let (custom, found) = custom_fields(std::mem::take(&mut self.rest), &[])?;
        self.card_holder_name.refuse_null();
        self.expiration_month.refuse_null();
        self.expiration_year.refuse_null();
        self.num_consecutive_failures.refuse_null();
        check_with(&self, Naming::Camel, found)?;
        let holder = HolderPatch {
            address_line1: self.address_line1.into_erasing_patch(),
            address_line2: self.address_line2.into_erasing_patch(),
            city: self.city.into_erasing_patch(),
            country: self.country.into_erasing_patch(),
            email: self.email.into_erasing_patch(),
            phone: self.phone.into_erasing_patch(),
            state: self.state.into_erasing_patch(),
            zip_code: self.zip_code.into_erasing_patch(),
        };
        let patch = CardPatch {
            month: self.expiration_month.into_option(),
            year: self.expiration_year.into_option(),
            holder_name: self.card_holder_name.into_option(),
            holder,
            custom,
            failures: self.num_consecutive_failures.into_option(),
            make_default: self.default_payment_method.into_option().unwrap_or_default(),
            security_code: CodeUse::default(),
            ..CardPatch::default()
        };
        Ok(CardChange {
            patch: Box::new(patch),
            account: None,
            security_code: self.security_code.into_option(),
            policy: CodePolicy::WhenIdentityChanges,
            gateway_options: self.gateway_options.0.into_option().unwrap_or_default().0,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Updated {
    payment_method_id: PaymentMethodId,
    success: bool,
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: CardPath,
    Json { value, key }: Json<Request>,
) -> Result<Response, Failure> {
    let change = value.into_change()?;
    let claim = claim_of(key.as_ref(), &service, &caller).await?;
    match service.update_card(&caller, path.key, change, claim).await {
        Ok(_) => Ok(reply::ok(&Updated { payment_method_id: path.key, success: true })),
        Err(failure) => Err(path.explain(failure, Refusal::CardNotFound)),
    }
}
