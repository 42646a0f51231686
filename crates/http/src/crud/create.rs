//! `POST /v1/object/payment-method`, and each object of a create action.

use axum::response::Response;
use cardfile_domain::{
    card::{CardStatus, Extras, HolderDetails, MandateInfo},
    command::{Brought, Claim},
    expiry::Expiry,
    id::{AccountKey, PaymentMethodId},
    retry_rule::RetryRule,
};
use cardfile_service::{Caller, CardEntry, Service};

use super::{
    answer::Saved,
    object::{CardObject, WritableStatus},
    strict::Strict,
};
use crate::{
    UseCases,
    body::Json,
    failure::Failure,
    fields::{Field, MISSING},
    idempotency::claim_of,
    layers::Entered,
    reply,
    violations::{Naming, check_with},
};

/// What is wrong with a part of a rule that is not in use.
const NEEDS_OWN_RULE: &str = "needs UseDefaultRetryRule to be false";

/// What a create was asked for.
pub(crate) struct NewCard {
    /// The account; a card can do without one.
    pub(crate) account: Option<AccountKey>,
    pub(super) entry: CardEntry,
}

impl CardObject {
    /// Whether a create has fields that it does not know.
    pub(crate) fn is_strange_to_create(&self) -> bool {
        self.has_unknown_names() || self.id.is_present() || self.fields_to_null.is_some()
    }

    /// The card that is to be put on file.
    pub(crate) fn into_new(mut self) -> Result<NewCard, Failure> {
        self.refuse_other_types()?;
        let (custom, found) = self.custom_fields()?;
        self.require();
        let retry_rule = self.retry_rule();
        check_with(&self, Naming::Pascal, found)?;
        let extras = Extras {
            currency: self.currency_code.into_option(),
            ip_address: self.i_p_address.into_value(),
            device_session_id: self.device_session_id.into_option(),
            mandate: MandateInfo {
                mit_profile_action: self.mit_profile_action.into_option(),
                mit_profile_type: self.mit_profile_type.into_option(),
                mit_consent_agreement_src: self.mit_consent_agreement_src.into_option(),
                mit_consent_agreement_ref: self.mit_consent_agreement_ref.into_option(),
                mit_network_transaction_id: self.mit_network_transaction_id.into_option(),
                mit_profile_agreed_on: self.mit_profile_agreed_on.into_option(),
                ..MandateInfo::default()
            },
            ..Extras::default()
        };
        let holder = HolderDetails {
            address_line1: self.credit_card_address1.into_value(),
            address_line2: self.credit_card_address2.into_value(),
            city: self.credit_card_city.into_value(),
            country: self.credit_card_country.into_value(),
            email: self.email.into_value(),
            phone: self.phone.into_value(),
            state: self.credit_card_state.into_value(),
            zip_code: self.credit_card_postal_code.into_value(),
        };
        let month = self.credit_card_expiration_month.into_option();
        let year = self.credit_card_expiration_year.into_option();
        let (Some(number), Some(card_type), Some((month, year)), Some(holder_name)) = (
            self.credit_card_number.into_option(),
            self.credit_card_type.into_option(),
            month.zip(year),
            self.credit_card_holder_name.into_option(),
        ) else {
            return Err(Failure::Malformed("A required field is missing."));
        };
        let entry = CardEntry {
            number,
            card_type,
            expiry: Expiry { year, month },
            holder_name: Some(holder_name),
            holder,
            extras,
            custom,
            failures: self.num_consecutive_failures.into_option().unwrap_or_default(),
            retry_rule,
            brought: Brought::default(),
            make_default: false,
            check_duplicated: false,
            security_code: self.credit_card_security_code.into_option(),
            skip_validation: self.skip_validation.into_option().unwrap_or_default(),
            gateway_options: self.gateway_option_data.0.into_option().unwrap_or_default().0,
        };
        Ok(NewCard { account: self.account_id.into_option(), entry })
    }

    fn require(&mut self) {
        self.r#type.require();
        self.credit_card_number.require();
        self.credit_card_type.require();
        self.credit_card_expiration_month.require();
        self.credit_card_expiration_year.require();
        self.credit_card_holder_name.require();
        if self.mit_profile_action.has_value() {
            self.mit_profile_type.require();
            self.mit_consent_agreement_src.require();
        }
        if matches!(
            self.payment_method_status,
            Field::Value(WritableStatus(status)) if status != CardStatus::Active
        ) {
            self.payment_method_status =
                Field::Wrong("must be Active when a payment method is created".into());
        }
    }

    /// The rule that is asked for; what contradicts itself in it is marked as wrong.
    fn retry_rule(&mut self) -> RetryRule {
        let use_default = !matches!(self.use_default_retry_rule, Field::Value(false));
        let rule = RetryRule {
            use_default,
            window_hours: copy(&self.payment_retry_window),
            max_failures: copy(&self.max_consecutive_payment_failures),
        };
        if use_default && rule.window_hours.is_some() {
            self.payment_retry_window = Field::Wrong(NEEDS_OWN_RULE.into());
        }
        if use_default && rule.max_failures.is_some() {
            self.max_consecutive_payment_failures = Field::Wrong(NEEDS_OWN_RULE.into());
        }
        let has_neither = !self.payment_retry_window.is_present()
            && !self.max_consecutive_payment_failures.is_present();
        if !use_default && has_neither {
            self.payment_retry_window = Field::Wrong(MISSING.into());
        }
        rule
    }
}

fn copy<T: Copy>(field: &Field<T>) -> Option<T> {
    match field {
        Field::Value(value) => Some(*value),
        Field::Absent | Field::Null | Field::Wrong(_) => None,
    }
}

/// Puts a card on file.
pub(crate) async fn create_card(
    service: &Service,
    caller: &Caller,
    new: NewCard,
    claim: Option<Claim>,
) -> Result<PaymentMethodId, Failure> {
    let done = service.create_card(caller, new.account, new.entry, claim).await?;
    // A card that was made has an id.
    done.card.ok_or(Failure::Panicked)
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    Strict(strict): Strict,
    Json { value: object, key }: Json<CardObject>,
) -> Result<Response, Failure> {
    strict.refuse(object.is_strange_to_create())?;
    let new = object.into_new()?;
    let claim = claim_of(key.as_ref(), &service, &caller).await?;
    let id = create_card(&service, &caller, new, claim).await?;
    Ok(reply::ok(&Saved::new(id)))
}
