//! A payment method as CRUD and Actions send it.

use std::borrow::Cow;

use cardfile_domain::{
    brand::CardType,
    card::{CardStatus, MitConsentAgreementSrc, MitProfileAction, MitProfileType},
    card_number::CardNumber,
    country::Country,
    custom_fields::CustomFields,
    expiry::{ExpirationMonth, ExpirationYear},
    failures::ConsecutiveFailures,
    id::{AccountKey, PaymentMethodId},
    retry_rule::{MaxFailures, RetryWindow},
    security_code::SecurityCode,
    text::{
        AddressLine, CardHolderName, City, ConsentRef, CurrencyCode, DeviceSessionId, Email,
        IpAddress, NetworkTransactionId, Phone, StateName, ZipCode,
    },
};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value};
use validator::Validate;

use crate::{
    failure::{Failure, Violation},
    fields::{Complaint, Erasable, Field, FreeObject, Object, Read, Scalar},
    rest::rest_fields::{custom_fields, each_once},
};

/// The only type of payment method that is kept here.
const CREDIT_CARD: &str = "CreditCard";

/// What may be written of a payment method.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct CardObject {
    /// In an update of Actions; elsewhere the id is in the path or yet to be made.
    #[validate(nested)]
    pub(super) id: Field<String>,
    #[validate(nested)]
    pub(super) r#type: Field<String>,
    #[validate(nested)]
    pub(super) account_id: Field<AccountKey>,
    #[validate(nested)]
    pub(super) credit_card_address1: Field<Erasable<AddressLine>>,
    #[validate(nested)]
    pub(super) credit_card_address2: Field<Erasable<AddressLine>>,
    #[validate(nested)]
    pub(super) credit_card_city: Field<Erasable<City>>,
    #[validate(nested)]
    pub(super) credit_card_country: Field<Erasable<Country>>,
    #[validate(nested)]
    pub(super) credit_card_expiration_month: Field<ExpirationMonth>,
    #[validate(nested)]
    pub(super) credit_card_expiration_year: Field<ExpirationYear>,
    #[validate(nested)]
    pub(super) credit_card_holder_name: Field<CardHolderName>,
    #[validate(nested)]
    pub(super) credit_card_number: Field<CardNumber>,
    #[validate(nested)]
    pub(super) credit_card_postal_code: Field<Erasable<ZipCode>>,
    #[validate(nested)]
    pub(super) credit_card_security_code: Field<SecurityCode>,
    #[validate(nested)]
    pub(super) credit_card_state: Field<Erasable<StateName>>,
    #[validate(nested)]
    pub(super) credit_card_type: Field<CardType>,
    #[serde(rename = "currencyCode", alias = "CurrencyCode")]
    #[validate(nested)]
    pub(super) currency_code: Field<CurrencyCode>,
    #[validate(nested)]
    pub(super) device_session_id: Field<DeviceSessionId>,
    #[validate(nested)]
    pub(super) email: Field<Erasable<Email>>,
    #[validate(nested)]
    pub(super) gateway_option_data: Object<FreeObject>,
    #[validate(nested)]
    pub(super) i_p_address: Field<Erasable<IpAddress>>,
    #[validate(nested)]
    pub(super) max_consecutive_payment_failures: Field<MaxFailures>,
    #[validate(nested)]
    pub(super) mit_consent_agreement_ref: Field<ConsentRef>,
    #[validate(nested)]
    pub(super) mit_consent_agreement_src: Field<MitConsentAgreementSrc>,
    #[validate(nested)]
    pub(super) mit_network_transaction_id: Field<NetworkTransactionId>,
    #[validate(nested)]
    pub(super) mit_profile_action: Field<MitProfileAction>,
    #[validate(nested)]
    pub(super) mit_profile_agreed_on: Field<Date>,
    #[validate(nested)]
    pub(super) mit_profile_type: Field<MitProfileType>,
    #[validate(nested)]
    pub(super) num_consecutive_failures: Field<ConsecutiveFailures>,
    #[validate(nested)]
    pub(super) payment_method_status: Field<WritableStatus>,
    #[validate(nested)]
    pub(super) payment_retry_window: Field<RetryWindow>,
    #[validate(nested)]
    pub(super) phone: Field<Erasable<Phone>>,
    #[validate(nested)]
    pub(super) skip_validation: Field<bool>,
    #[validate(nested)]
    pub(super) use_default_retry_rule: Field<bool>,
    /// In an update of Actions: names of fields whose values are taken away.
    #[serde(rename = "fieldsToNull")]
    pub(super) fields_to_null: Option<Value>,
    #[serde(flatten, deserialize_with = "each_once")]
    pub(super) rest: Map<String, Value>,
}

/// A status that a caller may set; Scrubbed has a call of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WritableStatus(pub(crate) CardStatus);

impl Read for WritableStatus {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        match scalar {
            Scalar::Text("Active") => Ok(Self(CardStatus::Active)),
            Scalar::Text("Closed") => Ok(Self(CardStatus::Closed)),
            _ => Err(Cow::Borrowed("must be Active or Closed")),
        }
    }
}

impl CardObject {
    /// The id that an update names, if it is one.
    pub(crate) fn id(&self) -> Option<PaymentMethodId> {
        match &self.id {
            Field::Value(id) => id.parse().ok(),
            Field::Absent | Field::Null | Field::Wrong(_) => None,
        }
    }

    pub(super) fn has_unknown_names(&self) -> bool {
        self.rest.keys().any(|name| !is_custom(name))
    }

    /// Everything but a card is refused by name, before anything else is looked at.
    pub(super) fn refuse_other_types(&self) -> Result<(), Failure> {
        match &self.r#type {
            Field::Value(kind) if kind != CREDIT_CARD => Err(Failure::UnsupportedType),
            _ => Ok(()),
        }
    }

    /// The custom fields; unknown names are ignored, as Zuora documents.
    pub(super) fn custom_fields(&mut self) -> Result<(CustomFields, Vec<Violation>), Failure> {
        let mut rest = std::mem::take(&mut self.rest);
        rest.retain(|name, _| is_custom(name));
        custom_fields(rest, &[])
    }

    /// Takes away the values of `fieldsToNull`, and tells what cannot be taken away.
    pub(super) fn take_away_named(&mut self) -> Option<Violation> {
        let wrong = |message: &'static str| {
            Some(Violation {
                field: "fieldsToNull".to_owned(),
                message: Cow::Borrowed(message),
                missing: false,
            })
        };
        let names = match self.fields_to_null.take() {
            None => return None,
            Some(Value::Array(names)) => names,
            Some(_) => return wrong("must be an array of field names"),
        };
        for name in names {
            let Value::String(name) = name else {
                return wrong("must be an array of field names");
            };
            if !self.take_away(&name) {
                return wrong("may only name optional fields that the object does not set");
            }
        }
        None
    }

    /// Takes away one value; false if it must not be, or if the object sets it.
    fn take_away(&mut self, name: &str) -> bool {
        match name {
            "CreditCardAddress1" => null(&mut self.credit_card_address1),
            "CreditCardAddress2" => null(&mut self.credit_card_address2),
            "CreditCardCity" => null(&mut self.credit_card_city),
            "CreditCardCountry" => null(&mut self.credit_card_country),
            "CreditCardPostalCode" => null(&mut self.credit_card_postal_code),
            "CreditCardState" => null(&mut self.credit_card_state),
            "DeviceSessionId" => null(&mut self.device_session_id),
            "Email" => null(&mut self.email),
            "IPAddress" => null(&mut self.i_p_address),
            "MaxConsecutivePaymentFailures" => null(&mut self.max_consecutive_payment_failures),
            "PaymentRetryWindow" => null(&mut self.payment_retry_window),
            "Phone" => null(&mut self.phone),
            custom if is_custom(custom) => {
                let before = self.rest.insert(custom.to_owned(), Value::Null);
                before.is_none_or(|value| value.is_null())
            }
            _ => false,
        }
    }
}

fn null<T>(field: &mut Field<T>) -> bool {
    let is_free = matches!(field, Field::Absent | Field::Null);
    if is_free {
        *field = Field::Null;
    }
    is_free
}

fn is_custom(name: &str) -> bool {
    name.ends_with("__c")
}
