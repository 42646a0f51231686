//! `PUT /v1/object/payment-method/{id}`, and each object of an update action.

use axum::response::Response;
use cardfile_domain::{
    brand::CardType,
    command::{CardPatch, Claim, HolderPatch, RetryPatch},
    id::PaymentMethodId,
    refusal::Refusal,
};
use cardfile_service::{Caller, CardChange, CodePolicy, Service};

use super::{
    answer::Saved,
    error::{ObjectError, Word},
    object::CardObject,
    strict::Strict,
};
use crate::{
    UseCases,
    body::Json,
    failure::Failure,
    fields::Field,
    idempotency::claim_of,
    layers::Entered,
    reply,
    rest::path::CardPath,
    violations::{Naming, check_with},
};

/// What an update was asked for.
pub(crate) struct Change {
    pub(super) change: CardChange,
    /// The type that the card must have already.
    card_type: Option<CardType>,
}

impl CardObject {
    /// Whether an update has fields that it does not know.
    pub(crate) fn is_strange_to_update(&self) -> bool {
        self.has_unknown_names()
            || self.skip_validation.is_present()
            || self.mit_consent_agreement_ref.is_present()
            || self.mit_consent_agreement_src.is_present()
            || self.mit_network_transaction_id.is_present()
            || self.mit_profile_action.is_present()
            || self.mit_profile_agreed_on.is_present()
            || self.mit_profile_type.is_present()
    }

    /// The change that is to be made.
    pub(crate) fn into_change(mut self) -> Result<Change, Failure> {
        self.refuse_other_types()?;
        let found_in_nulls = self.take_away_named();
        let (custom, mut found) = self.custom_fields()?;
        found.extend(found_in_nulls);
        self.refuse_fixed();
        check_with(&self, Naming::Pascal, found)?;
        let patch = CardPatch {
            month: self.credit_card_expiration_month.into_option(),
            year: self.credit_card_expiration_year.into_option(),
            holder_name: self.credit_card_holder_name.into_option(),
            holder: HolderPatch {
                address_line1: self.credit_card_address1.into_erasing_patch(),
                address_line2: self.credit_card_address2.into_erasing_patch(),
                city: self.credit_card_city.into_erasing_patch(),
                country: self.credit_card_country.into_erasing_patch(),
                email: self.email.into_erasing_patch(),
                phone: self.phone.into_erasing_patch(),
                state: self.credit_card_state.into_erasing_patch(),
                zip_code: self.credit_card_postal_code.into_erasing_patch(),
            },
            ip_address: self.i_p_address.into_erasing_patch(),
            device_session_id: self.device_session_id.into_patch(),
            currency: self.currency_code.into_patch(),
            custom,
            failures: self.num_consecutive_failures.into_option(),
            status: self.payment_method_status.into_option().map(|status| status.0),
            retry: RetryPatch {
                use_default: self.use_default_retry_rule.into_option(),
                window_hours: self.payment_retry_window.into_patch(),
                max_failures: self.max_consecutive_payment_failures.into_patch(),
            },
            ..CardPatch::default()
        };
        let change = CardChange {
            patch: Box::new(patch),
            account: self.account_id.into_option(),
            security_code: self.credit_card_security_code.into_option(),
            policy: CodePolicy::Optional,
            gateway_options: self.gateway_option_data.0.into_option().unwrap_or_default().0,
        };
        Ok(Change { change, card_type: self.credit_card_type.into_option() })
    }

    fn refuse_fixed(&mut self) {
        if self.credit_card_number.is_present() {
            self.credit_card_number = Field::Wrong("cannot be changed".into());
        }
        if matches!(self.account_id, Field::Null) {
            self.account_id = Field::Wrong("cannot be taken away".into());
        }
        self.credit_card_expiration_month.refuse_null();
        self.credit_card_expiration_year.refuse_null();
        self.credit_card_holder_name.refuse_null();
        self.num_consecutive_failures.refuse_null();
        self.payment_method_status.refuse_null();
        self.use_default_retry_rule.refuse_null();
    }
}

/// Changes a card.
pub(crate) async fn update_card(
    service: &Service,
    caller: &Caller,
    id: PaymentMethodId,
    change: Change,
    claim: Option<Claim>,
) -> Result<(), Failure> {
    if let Some(card_type) = change.card_type {
        let filed = service.find_card(caller, id).await?;
        // Clients send the type along; it belongs to the number and never changes.
        if filed.is_some_and(|filed| filed.card.card_type != card_type) {
            let message = "'CreditCardType' cannot be changed";
            return Err(ObjectError::new(Word::InvalidValue, message).into());
        }
    }
    match service.update_card(caller, id, change.change, claim).await {
        Ok(_) => Ok(()),
        Err(cardfile_service::Failure::Refused(Refusal::CardNotFound)) => {
            Err(ObjectError::invalid_id("update").into())
        }
        Err(failure) => Err(failure.into()),
    }
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: Result<CardPath, Failure>,
    Strict(strict): Strict,
    Json { value: object, key }: Json<CardObject>,
) -> Result<Response, Failure> {
    strict.refuse(object.is_strange_to_update())?;
    let change = object.into_change()?;
    let id = path.map_err(|_| ObjectError::invalid_id("update"))?.key;
    let claim = claim_of(key.as_ref(), &service, &caller).await?;
    update_card(&service, &caller, id, change, claim).await?;
    Ok(reply::ok(&Saved::new(id)))
}
