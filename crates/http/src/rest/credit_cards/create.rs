//! `POST /v1/payment-methods/credit-cards`: the older way to put a card on file.

use axum::response::Response;
use cardfile_domain::{
    brand::CardType,
    card::{Extras, MandateInfo, MitConsentAgreementSrc, MitProfileAction, MitProfileType},
    card_number::CardNumber,
    command::Brought,
    expiry::{ExpirationMonth, ExpirationYear, Expiry},
    failures::ConsecutiveFailures,
    id::{AccountKey, PaymentMethodId},
    retry_rule::RetryRule,
    security_code::SecurityCode,
    text::{ConsentRef, NetworkTransactionId},
};
use cardfile_service::CardEntry;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use validator::Validate;

use crate::{
    UseCases,
    body::Json,
    failure::Failure,
    fields::{Field, FreeObject, Object},
    idempotency::claim_of,
    layers::Entered,
    reply,
    rest::{
        holder::CardHolderInfo,
        rest_fields::{custom_fields, each_once},
    },
    violations::{Naming, check_with},
};

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    #[validate(nested)]
    account_key: Field<AccountKey>,
    #[validate(nested)]
    card_holder_info: Object<CardHolderInfo>,
    #[validate(nested)]
    check_duplicated: Field<bool>,
    #[validate(nested)]
    credit_card_number: Field<CardNumber>,
    #[validate(nested)]
    credit_card_type: Field<CardType>,
    #[validate(nested)]
    default_payment_method: Field<bool>,
    #[validate(nested)]
    expiration_month: Field<ExpirationMonth>,
    #[validate(nested)]
    expiration_year: Field<ExpirationYear>,
    #[validate(nested)]
    gateway_options: Object<FreeObject>,
    #[validate(nested)]
    mit_consent_agreement_ref: Field<ConsentRef>,
    #[validate(nested)]
    mit_consent_agreement_src: Field<MitConsentAgreementSrc>,
    #[validate(nested)]
    mit_network_transaction_id: Field<NetworkTransactionId>,
    #[validate(nested)]
    mit_profile_action: Field<MitProfileAction>,
    #[validate(nested)]
    mit_profile_agreed_on: Field<Date>,
    #[validate(nested)]
    mit_profile_type: Field<MitProfileType>,
    #[validate(nested)]
    num_consecutive_failures: Field<ConsecutiveFailures>,
    #[validate(nested)]
    replaces: Field<PaymentMethodId>,
    #[validate(nested)]
    security_code: Field<SecurityCode>,
    #[validate(nested)]
    skip_validation: Field<bool>,
    #[serde(flatten, deserialize_with = "each_once")]
    rest: Map<String, Value>,
}

impl Request {
    pub(crate) fn into_entry(mut self) -> Result<(AccountKey, CardEntry), Failure> {
        let inner = match &self.card_holder_info.0 {
            Field::Value(holder) => vec![&holder.unknown],
            _ => Vec::new(),
        };
        let (custom, found) = custom_fields(std::mem::take(&mut self.rest), &inner)?;
        self.account_key.require();
        self.credit_card_number.require();
        self.credit_card_type.require();
        self.expiration_month.require();
        self.expiration_year.require();
        self.card_holder_info.0.require();
        if let Field::Value(holder) = &mut self.card_holder_info.0 {
            holder.card_holder_name.require();
        }
        check_with(&self, Naming::Camel, found)?;
        let mandate = MandateInfo {
            mit_profile_action: self.mit_profile_action.into_option(),
            mit_profile_type: self.mit_profile_type.into_option(),
            mit_consent_agreement_src: self.mit_consent_agreement_src.into_option(),
            mit_consent_agreement_ref: self.mit_consent_agreement_ref.into_option(),
            mit_network_transaction_id: self.mit_network_transaction_id.into_option(),
            mit_profile_agreed_on: self.mit_profile_agreed_on.into_option(),
            ..MandateInfo::default()
        };
        let (holder_name, holder) =
            self.card_holder_info.0.into_option().unwrap_or_default().into_parts();
        let required = (
            self.account_key.into_option(),
            self.credit_card_number.into_option(),
            self.credit_card_type.into_option(),
            self.expiration_month.into_option().zip(self.expiration_year.into_option()),
            holder_name,
        );
        let (Some(account), Some(number), Some(card_type), Some((month, year)), Some(holder_name)) =
            required
        else {
            return Err(Failure::Malformed("A required field is missing."));
        };
        let entry = CardEntry {
            number,
            card_type,
            expiry: Expiry { year, month },
            holder_name: Some(holder_name),
            holder,
            extras: Extras { mandate, replaces: self.replaces.into_option(), ..Extras::default() },
            custom,
            failures: self.num_consecutive_failures.into_option().unwrap_or_default(),
            retry_rule: RetryRule::default(),
            brought: Brought::default(),
            make_default: self.default_payment_method.into_option().unwrap_or_default(),
            check_duplicated: self.check_duplicated.into_option().unwrap_or_default(),
            security_code: self.security_code.into_option(),
            skip_validation: self.skip_validation.into_option().unwrap_or_default(),
            gateway_options: self.gateway_options.0.into_option().unwrap_or_default().0,
        };
        Ok((account, entry))
    }
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    Json { value, key }: Json<Request>,
) -> Result<Response, Failure> {
    let (account, entry) = value.into_entry()?;
    let claim = claim_of(key.as_ref(), &service, &caller).await?;
    let done = service.create_card(&caller, Some(account), entry, claim).await?;
    Ok(reply::ok(&json!({"paymentMethodId": done.card, "success": true})))
}
