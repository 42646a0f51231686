//! `POST /v1/payment-methods`, for the type `CreditCard`.

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
    text::{
        ConsentRef, Cryptogram, CurrencyCode, DeviceSessionId, GatewayName, GatewayNumber,
        IdentityNumber, IpAddress, NetworkTransactionId, PaymentMethodNumber,
    },
};
use cardfile_service::CardEntry;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use validator::Validate;

use super::update::ProcessingOptions;
use crate::{
    UseCases,
    body::Json,
    failure::Failure,
    fields::{Amount, Field, FreeObject, Never, Object},
    idempotency::claim_of,
    layers::Entered,
    reply,
    rest::{
        holder::CardHolderInfo,
        mandate::Mandate,
        rest_fields::{custom_fields, each_once},
    },
    violations::{Naming, check_with},
};

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    #[validate(nested)]
    r#type: Field<String>,
    #[validate(nested)]
    account_key: Field<AccountKey>,
    #[validate(nested)]
    auth_gateway: Field<GatewayName>,
    #[validate(nested)]
    card_holder_info: Object<CardHolderInfo>,
    #[validate(nested)]
    card_number: Field<CardNumber>,
    #[validate(nested)]
    card_type: Field<CardType>,
    #[validate(nested)]
    check_duplicated: Field<bool>,
    #[validate(nested)]
    currency_code: Field<CurrencyCode>,
    #[validate(nested)]
    device_session_id: Field<DeviceSessionId>,
    #[validate(nested)]
    expiration_month: Field<ExpirationMonth>,
    #[validate(nested)]
    expiration_year: Field<ExpirationYear>,
    #[validate(nested)]
    gateway_options: Object<FreeObject>,
    #[validate(nested)]
    identity_number: Field<IdentityNumber>,
    #[validate(nested)]
    ip_address: Field<IpAddress>,
    #[validate(nested)]
    make_default: Field<bool>,
    #[validate(nested)]
    mandate_info: Object<Mandate>,
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
    payment_gateway_number: Field<GatewayNumber>,
    #[validate(nested)]
    payment_method_number: Field<PaymentMethodNumber>,
    #[validate(nested)]
    processing_options: Object<ProcessingOptions>,
    #[validate(nested)]
    replaces: Field<PaymentMethodId>,
    #[validate(nested)]
    security_code: Field<SecurityCode>,
    #[validate(nested)]
    skip_validation: Field<bool>,
    // Taken for the SDK's sake: no gateway here screens amounts or reads cryptograms.
    #[serde(rename = "screeningAmount")]
    #[validate(nested)]
    _screening_amount: Field<Amount>,
    #[serde(rename = "cryptogram")]
    #[validate(nested)]
    _cryptogram: Field<Cryptogram>,
    #[validate(nested)]
    tokenize: Field<Never>,
    #[serde(flatten, deserialize_with = "each_once")]
    rest: Map<String, Value>,
}

impl Request {
    pub(crate) fn into_entry(mut self) -> Result<(Option<AccountKey>, CardEntry), Failure> {
        if matches!(&self.r#type, Field::Value(kind) if kind != "CreditCard") {
            return Err(Failure::UnsupportedType);
        }
        self.check()?;
        let extras = Extras {
            mandate: self.mandate(),
            auth_gateway: self.auth_gateway.into_option(),
            gateway_number: self.payment_gateway_number.into_option(),
            currency: self.currency_code.into_option(),
            ip_address: self.ip_address.into_option(),
            identity_number: self.identity_number.into_option(),
            device_session_id: self.device_session_id.into_option(),
            payment_method_number: self.payment_method_number.into_option(),
            replaces: self.replaces.into_option(),
            ..Extras::default()
        };
        let (custom, _) = custom_fields(self.rest, &[])?;
        let (holder_name, holder) =
            self.card_holder_info.0.into_option().unwrap_or_default().into_parts();
        let expiry = self.expiration_month.into_option().zip(self.expiration_year.into_option());
        let required =
            (self.card_number.into_option(), self.card_type.into_option(), expiry, holder_name);
        let (Some(number), Some(card_type), Some((month, year)), Some(holder_name)) = required
        else {
            return Err(Failure::Malformed("A required field is missing."));
        };
        let options = self.processing_options.0.into_option().unwrap_or_default();
        let entry = CardEntry {
            number,
            card_type,
            expiry: Expiry { year, month },
            holder_name: Some(holder_name),
            holder,
            extras,
            custom,
            failures: self.num_consecutive_failures.into_option().unwrap_or_default(),
            retry_rule: RetryRule::default(),
            brought: Brought::default(),
            make_default: self.make_default.into_option().unwrap_or_default(),
            check_duplicated: self.check_duplicated.into_option().unwrap_or_default()
                || options.check_duplicated.into_option().unwrap_or_default(),
            security_code: self.security_code.into_option(),
            skip_validation: self.skip_validation.into_option().unwrap_or_default(),
            gateway_options: self.gateway_options.0.into_option().unwrap_or_default().0,
        };
        Ok((self.account_key.into_option(), entry))
    }

    fn check(&mut self) -> Result<(), Failure> {
        let mut inner = Vec::new();
        if let Field::Value(holder) = &self.card_holder_info.0 {
            inner.push(&holder.unknown);
        }
        if let Field::Value(mandate) = &self.mandate_info.0 {
            inner.push(&mandate.unknown);
        }
        if let Field::Value(options) = &self.processing_options.0 {
            inner.push(&options.unknown);
        }
        let (_, found) = custom_fields(self.rest.clone(), &inner)?;
        self.r#type.require();
        self.card_number.require();
        self.card_type.require();
        self.expiration_month.require();
        self.expiration_year.require();
        self.card_holder_info.0.require();
        if let Field::Value(holder) = &mut self.card_holder_info.0 {
            holder.card_holder_name.require();
        }
        if self.mit_profile_action.has_value() {
            self.mit_profile_type.require();
            self.mit_consent_agreement_src.require();
        }
        check_with(self, Naming::Camel, found)
    }

    fn mandate(&mut self) -> MandateInfo {
        let info = std::mem::take(&mut self.mandate_info.0);
        MandateInfo {
            mit_profile_action: std::mem::take(&mut self.mit_profile_action).into_option(),
            mit_profile_type: std::mem::take(&mut self.mit_profile_type).into_option(),
            mit_consent_agreement_src: std::mem::take(&mut self.mit_consent_agreement_src)
                .into_option(),
            mit_consent_agreement_ref: std::mem::take(&mut self.mit_consent_agreement_ref)
                .into_option(),
            mit_network_transaction_id: std::mem::take(&mut self.mit_network_transaction_id)
                .into_option(),
            mit_profile_agreed_on: std::mem::take(&mut self.mit_profile_agreed_on).into_option(),
            ..info.into_option().map(Mandate::into_info).unwrap_or_default()
        }
    }
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    Json { value, key }: Json<Request>,
) -> Result<Response, Failure> {
    let (account, entry) = value.into_entry()?;
    let claim = claim_of(key.as_ref(), &service, &caller).await?;
    let done = service.create_card(&caller, account, entry, claim).await?;
    Ok(reply::ok(&json!({"id": done.card, "success": true})))
}
