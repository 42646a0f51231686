//! `POST /v1/accounts`: opens an account, with a card or without.

use axum::response::Response;
use cardfile_domain::{
    brand::CardType,
    card::Extras,
    card_number::{CardNumber, looks_like_card_number},
    command::Brought,
    expiry::{ExpirationMonth, ExpirationYear, Expiry},
    failures::ConsecutiveFailures,
    id::{AccountId, PaymentMethodId},
    limits::REASONS_MAX,
    retry_rule::RetryRule,
    security_code::SecurityCode,
    text::AccountNumber,
};
use cardfile_service::{CardEntry, NewAccount};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use validator::Validate;

use crate::{
    UseCases,
    body::Json,
    code_names::speaks_of_security_code,
    failure::{Failure, UnknownFields, Violation},
    fields::{Field, MISSING, Object},
    idempotency::claim_of,
    layers::Entered,
    reply,
    rest::{
        holder::CardHolderInfo,
        payment_methods::create,
        rest_fields::{custom_fields, each_once},
    },
    violations::{Naming, check_with},
};

#[derive(Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    #[validate(nested)]
    account_number: Field<AccountNumber>,
    #[validate(nested)]
    credit_card: Object<CreditCard>,
    #[validate(nested)]
    hpm_credit_card_payment_method_id: Field<PaymentMethodId>,
    #[validate(nested)]
    payment_method: Object<create::Request>,
    #[serde(flatten, deserialize_with = "each_once")]
    details: Map<String, Value>,
}

/// `creditCard` of a request.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
struct CreditCard {
    #[validate(nested)]
    card_holder_info: Object<CardHolderInfo>,
    #[validate(nested)]
    card_number: Field<CardNumber>,
    #[validate(nested)]
    card_type: Field<CardType>,
    #[validate(nested)]
    expiration_month: Field<ExpirationMonth>,
    #[validate(nested)]
    expiration_year: Field<ExpirationYear>,
    #[validate(nested)]
    security_code: Field<SecurityCode>,
    #[serde(flatten, deserialize_with = "each_once")]
    rest: Map<String, Value>,
}

impl Request {
    fn into_account(mut self) -> Result<NewAccount, Failure> {
        let mut found = free_of_card_numbers(&self.details);
        found.extend(required_details(&self.details));
        let ways = [
            self.credit_card.0.has_value(),
            self.hpm_credit_card_payment_method_id.has_value(),
            self.payment_method.0.has_value(),
        ];
        if ways.iter().filter(|way| **way).count() > 1 {
            found.push(Violation {
                field: "paymentMethod".to_owned(),
                message: "must not come together with creditCard or hpmCreditCardPaymentMethodId"
                    .into(),
                missing: false,
            });
        }
        if let Field::Value(card) = &mut self.credit_card.0 {
            card.require();
            let holder = match &card.card_holder_info.0 {
                Field::Value(holder) => vec![&holder.unknown],
                _ => Vec::new(),
            };
            let (_, wrong) = custom_fields(card.rest.clone(), &holder)?;
            found.extend(wrong);
        }
        check_with(&self, Naming::Camel, found)?;
        let mut card = self.credit_card.0.into_option().map(CreditCard::into_entry).transpose()?;
        if let Some(request) = self.payment_method.0.into_option() {
            // The account is the one that is being opened, whatever the inner object says.
            let (_, entry) = request.into_entry()?;
            card = Some(entry);
        }
        Ok(NewAccount {
            number: self.account_number.into_option(),
            details: self.details,
            card,
            attach: self.hpm_credit_card_payment_method_id.into_option(),
        })
    }
}

impl CreditCard {
    fn require(&mut self) {
        self.card_number.require();
        self.card_type.require();
        self.expiration_month.require();
        self.expiration_year.require();
        self.card_holder_info.0.require();
        if let Field::Value(holder) = &mut self.card_holder_info.0 {
            holder.require_whole_address();
        }
    }

    fn into_entry(self) -> Result<CardEntry, Failure> {
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
        Ok(CardEntry {
            number,
            card_type,
            expiry: Expiry { year, month },
            holder_name: Some(holder_name),
            holder,
            extras: Extras::default(),
            custom,
            failures: ConsecutiveFailures::default(),
            retry_rule: RetryRule::default(),
            brought: Brought::default(),
            make_default: true,
            check_duplicated: false,
            security_code: self.security_code.into_option(),
            skip_validation: false,
            gateway_options: Map::new(),
        })
    }
}

/// Zuora opens no account without these two.
const NAME_CHARS_MAX: usize = 255;
const CURRENCY_CHARS: usize = 3;

fn required_details(details: &Map<String, Value>) -> Vec<Violation> {
    let wrong = |field: &str, message: &'static str, missing| Violation {
        field: field.to_owned(),
        message: message.into(),
        missing,
    };
    let check = |field: &str, good: fn(usize) -> bool, message| match details.get(field) {
        None | Some(Value::Null) => Some(wrong(field, MISSING, true)),
        Some(Value::String(text)) if good(text.chars().count()) => None,
        Some(_) => Some(wrong(field, message, false)),
    };
    let name = check(
        "name",
        |chars| (1..=NAME_CHARS_MAX).contains(&chars),
        "must be text of 1 to 255 characters",
    );
    let currency = check(
        "currency",
        |chars| chars == CURRENCY_CHARS,
        "must be a currency code of three letters",
    );
    name.into_iter().chain(currency).collect()
}

/// Names the details that hold what looks like a card number or are called like a security code:
/// they would be kept in the open.
pub(crate) fn free_of_card_numbers(details: &Map<String, Value>) -> Vec<Violation> {
    let bad = details.iter().filter(|(name, value)| is_card_data(name, value));
    let bad = bad.take(REASONS_MAX);
    bad.map(|(name, _)| Violation {
        field: UnknownFields::new(std::iter::once(name.as_str())).list(),
        message: "must not hold card data".into(),
        missing: false,
    })
    .collect()
}

fn is_card_data(name: &str, value: &Value) -> bool {
    speaks_of_security_code(name)
        || looks_like_card_number(name)
        || match value {
            Value::String(text) => looks_like_card_number(text),
            Value::Number(number) => looks_like_card_number(&number.to_string()),
            Value::Array(items) => items.iter().any(|item| is_card_data("", item)),
            Value::Object(map) => map.iter().any(|(name, value)| is_card_data(name, value)),
            Value::Null | Value::Bool(_) => false,
        }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    success: bool,
    account_id: AccountId,
    account_number: Option<AccountNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method_id: Option<PaymentMethodId>,
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    Json { value, key }: Json<Request>,
) -> Result<Response, Failure> {
    let account = value.into_account()?;
    let claim = claim_of(key.as_ref(), &service, &caller).await?;
    let done = service.open_account(&caller, account, claim).await?;
    Ok(reply::ok(&Opened {
        success: true,
        account_id: done.account_id,
        account_number: done.account_number,
        payment_method_id: done.card,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn card_data_among_the_details_is_found_at_any_depth() {
        for (details, bad) in [
            (json!({"notes": "call back"}), false),
            (json!({"notes": "4111 1111 1111 1111"}), true),
            (json!({"a": [{"b": 4_111_111_111_111_111_u64}]}), true),
            (json!({"a": {"cvv2": "111"}}), true),
            (json!({"security_code": "111"}), true),
        ] {
            let details = details.as_object().unwrap();
            assert_eq!(!free_of_card_numbers(details).is_empty(), bad, "{details:?}");
        }
    }
}
