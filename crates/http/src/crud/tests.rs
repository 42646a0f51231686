//! What objects mean, what is wrong with them, and how failures are written.

use axum::{body::to_bytes, http::StatusCode};
use cardfile_domain::{
    card::{CardStatus, MitProfileAction},
    command::Patch,
    country::Country,
    refusal::Refusal,
    retry_rule::RetryWindow,
};
use cardfile_service::CodePolicy;
use serde_json::{Value, json};

use super::{
    error::{ObjectError, Word, errors_of},
    object::CardObject,
    respond_failure,
};
use crate::{
    code::Category,
    failure::{EchoedKey, EntityFault, Failure, UnknownFields},
    respond::reasons,
};

fn object(json: &Value) -> CardObject {
    serde_json::from_str(&json.to_string()).unwrap()
}

fn card() -> Value {
    json!({
        "Type": "CreditCard",
        "AccountId": "A-1",
        "CreditCardType": "Visa",
        "CreditCardNumber": "4111111111111111",
        "CreditCardExpirationMonth": 12,
        "CreditCardExpirationYear": 2099,
        "CreditCardHolderName": "Amy Lawrence",
    })
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name);
    object
}

fn wrong_in_new(json: &Value) -> Vec<(Word, String)> {
    told(object(json).into_new().map(drop))
}

fn wrong_in_change(json: &Value) -> Vec<(Word, String)> {
    told(object(json).into_change().map(drop))
}

fn told(result: Result<(), Failure>) -> Vec<(Word, String)> {
    let Err(failure) = result else { return Vec::new() };
    let errors = errors_of(&failure).into_iter();
    errors.map(|error| (error.code, error.message.into_owned())).collect()
}

#[test]
fn zuoras_own_example_is_a_card() {
    let new = object(&card()).into_new().unwrap();
    assert_eq!(new.account.unwrap().as_str(), "A-1");
    assert_eq!(new.entry.expiry.month.get(), 12);
    assert_eq!(new.entry.holder_name.as_ref().unwrap().as_str(), "Amy Lawrence");
    assert!(!new.entry.skip_validation);
    assert!(!new.entry.make_default);
    assert!(new.entry.retry_rule.use_default);
}

#[test]
fn every_field_of_a_create_arrives() {
    let mut full = card();
    for (name, value) in [
        ("CreditCardAddress1", json!("1 Main St")),
        ("CreditCardAddress2", json!("")),
        ("CreditCardCity", json!("Portland")),
        ("CreditCardCountry", json!("USA")),
        ("CreditCardExpirationMonth", json!("03")),
        ("CreditCardPostalCode", json!("97201")),
        ("CreditCardSecurityCode", json!("111")),
        ("CreditCardState", json!("OR")),
        ("DeviceSessionId", json!("session")),
        ("Email", json!("a@x")),
        ("GatewayOptionData", json!({"key": "value"})),
        ("IPAddress", json!("::1")),
        ("MaxConsecutivePaymentFailures", json!(3)),
        ("MitConsentAgreementSrc", json!("External")),
        ("MitProfileAction", json!("Activate")),
        ("MitProfileType", json!("Recurring")),
        ("NumConsecutiveFailures", json!(2)),
        ("PaymentMethodStatus", json!("Active")),
        ("PaymentRetryWindow", json!(20)),
        ("Phone", Value::Null),
        ("SkipValidation", json!("true")),
        ("UseDefaultRetryRule", json!(false)),
        ("currencyCode", json!("USD")),
        ("Color__c", json!("red")),
        ("Nonsense", json!({"deep": [1]})),
    ] {
        full[name] = value;
    }
    let entry = object(&full).into_new().unwrap().entry;
    assert_eq!(entry.holder.address_line1.as_ref().map(AsRef::as_ref), Some("1 Main St"));
    assert_eq!(entry.holder.address_line2, None);
    assert_eq!(entry.holder.country.map(Country::name), Some("United States"));
    assert_eq!(entry.holder.state.as_ref().map(AsRef::as_ref), Some("OR"));
    assert_eq!(entry.holder.phone, None);
    assert_eq!(entry.expiry.month.get(), 3);
    assert_eq!(entry.extras.ip_address.as_ref().map(AsRef::as_ref), Some("::1"));
    assert_eq!(entry.extras.currency.as_ref().map(AsRef::as_ref), Some("USD"));
    assert_eq!(entry.extras.mandate.mit_profile_action, Some(MitProfileAction::Activate));
    assert_eq!(entry.failures.get(), 2);
    assert!(!entry.retry_rule.use_default);
    assert_eq!(entry.retry_rule.window_hours.map(RetryWindow::get), Some(20));
    assert!(entry.skip_validation);
    assert!(entry.security_code.is_some());
    assert_eq!(entry.gateway_options["key"], "value");
    assert_eq!(entry.custom.get("Color__c"), Some(&json!("red")));
    assert_eq!(entry.custom.len(), 1);
}

#[test]
fn everything_that_is_missing_is_named_at_once_in_order() {
    let missing = |name: &str| (Word::MissingRequiredValue, format!("'{name}' is required"));
    assert_eq!(
        wrong_in_new(&json!({})),
        [
            missing("CreditCardExpirationMonth"),
            missing("CreditCardExpirationYear"),
            missing("CreditCardHolderName"),
            missing("CreditCardNumber"),
            missing("CreditCardType"),
            missing("Type"),
        ]
    );
}

#[test]
fn everything_that_is_wrong_is_named_and_nothing_of_it_is_echoed() {
    let marker = "4111111111111112";
    let mut wrong = card();
    for name in [
        "CreditCardNumber",
        "CreditCardType",
        "CreditCardExpirationMonth",
        "CreditCardCountry",
        "CreditCardSecurityCode",
        "IPAddress",
    ] {
        wrong[name] = json!(marker.repeat(5));
    }
    wrong["Color__c"] = json!("4111 1111 1111 1111");
    let told = wrong_in_new(&wrong);
    let names: Vec<_> = told.iter().filter_map(|(_, told)| told.split('\'').nth(1)).collect();
    assert_eq!(
        names,
        [
            "Color__c",
            "CreditCardCountry",
            "CreditCardExpirationMonth",
            "CreditCardNumber",
            "CreditCardSecurityCode",
            "CreditCardType",
            "IPAddress",
        ]
    );
    assert!(told.iter().all(|(code, told)| *code == Word::InvalidValue && !told.contains("4111")));
}

#[test]
fn other_types_are_refused_before_anything_else() {
    for kind in ["ACH", "CreditCardReferenceTransaction", "creditcard"] {
        let told = wrong_in_new(&json!({"Type": kind, "CreditCardNumber": "x"}));
        assert_eq!(told.len(), 1, "{kind}");
        assert_eq!(told[0].0, Word::InvalidType);
        assert!(told[0].1.contains("CreditCard"));
        assert_eq!(wrong_in_change(&json!({"Type": kind}))[0].0, Word::InvalidType);
    }
}

#[test]
fn a_retry_rule_of_ones_own_is_whole_and_in_use() {
    let rule = |fields: Value| {
        let mut card = card();
        card.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        wrong_in_new(&card)
    };
    assert_eq!(rule(json!({"UseDefaultRetryRule": false, "PaymentRetryWindow": 5})), []);
    assert_eq!(rule(json!({"UseDefaultRetryRule": false, "MaxConsecutivePaymentFailures": 5})), []);
    assert_eq!(rule(json!({"UseDefaultRetryRule": false}))[0].0, Word::MissingRequiredValue);
    assert_eq!(rule(json!({"PaymentRetryWindow": 5, "MaxConsecutivePaymentFailures": 5})).len(), 2);
}

#[test]
fn a_card_begins_as_an_active_one() {
    let told = wrong_in_new(&with(card(), "PaymentMethodStatus", json!("Closed")));
    assert!(told[0].1.starts_with("'PaymentMethodStatus' must be Active"));
}

#[test]
fn a_consent_names_its_type_and_source() {
    let told = wrong_in_new(&with(card(), "MitProfileAction", json!("Persist")));
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|(code, _)| *code == Word::MissingRequiredValue));
}

#[test]
fn a_change_has_what_was_sent_and_nothing_else() {
    let change = object(&json!({
        "CreditCardHolderName": "Leo",
        "CreditCardCity": "",
        "Email": null,
        "Phone": "1",
        "DeviceSessionId": "s",
        "PaymentMethodStatus": "Closed",
        "PaymentRetryWindow": null,
        "Color__c": null,
        "Nonsense": 1,
    }));
    let change = change.into_change().unwrap().change;
    assert_eq!(change.policy, CodePolicy::Optional);
    assert_eq!(change.account, None);
    let patch = change.patch;
    assert_eq!(patch.holder_name.as_ref().map(AsRef::as_ref), Some("Leo"));
    assert_eq!(patch.holder.city, Patch::Clear);
    assert_eq!(patch.holder.email, Patch::Clear);
    assert_eq!(patch.holder.phone, Patch::Set("1".parse().unwrap()));
    assert_eq!(patch.holder.country, Patch::Keep);
    assert_eq!(patch.device_session_id, Patch::Set("s".parse().unwrap()));
    assert_eq!(patch.status, Some(CardStatus::Closed));
    assert_eq!(patch.retry.window_hours, Patch::Clear);
    assert_eq!(patch.retry.max_failures, Patch::Keep);
    assert_eq!(patch.custom.get("Color__c"), Some(&Value::Null));
    assert_eq!(patch.month, None);
    assert_eq!(patch.failures, None);
}

#[test]
fn fields_to_null_are_taken_away() {
    let change = object(&json!({
        "fieldsToNull": ["Phone", "IPAddress", "Color__c", "MaxConsecutivePaymentFailures"],
        "CreditCardCity": "Portland",
    }));
    let patch = change.into_change().unwrap().change.patch;
    assert_eq!(patch.holder.phone, Patch::Clear);
    assert_eq!(patch.ip_address, Patch::Clear);
    assert_eq!(patch.retry.max_failures, Patch::Clear);
    assert_eq!(patch.custom.get("Color__c"), Some(&Value::Null));
    assert_eq!(patch.holder.city, Patch::Set("Portland".parse().unwrap()));
    assert_eq!(patch.holder.email, Patch::Keep);
}

#[test]
fn what_cannot_be_taken_away_is_said() {
    for fields in [
        json!({"fieldsToNull": ["CreditCardHolderName"]}),
        json!({"fieldsToNull": ["Nonsense"]}),
        json!({"fieldsToNull": ["Phone"], "Phone": "1"}),
        json!({"fieldsToNull": ["Color__c"], "Color__c": "red"}),
        json!({"fieldsToNull": [1]}),
        json!({"fieldsToNull": "Phone"}),
        json!({"AccountId": null}),
        json!({"CreditCardHolderName": null}),
        json!({"CreditCardExpirationMonth": null}),
        json!({"PaymentMethodStatus": "Scrubbed"}),
        json!({"CreditCardNumber": "4111111111111111"}),
        json!({"CreditCardNumber": null}),
    ] {
        let told = wrong_in_change(&fields);
        assert_eq!(told.len(), 1, "{fields}: {told:?}");
        assert_eq!(told[0].0, Word::InvalidValue, "{fields}");
    }
}

#[test]
fn only_names_that_a_call_does_not_know_are_strange() {
    let strange_to_create = |json: &Value| object(json).is_strange_to_create();
    let strange_to_update = |json: &Value| object(json).is_strange_to_update();
    assert!(!strange_to_create(&with(card(), "Color__c", json!(1))));
    assert!(strange_to_create(&with(card(), "Nonsense", json!(1))));
    assert!(strange_to_create(&with(card(), "Id", json!("x"))));
    assert!(!strange_to_update(&json!({"Id": "x", "fieldsToNull": [], "Color__c": 1})));
    assert!(strange_to_update(&json!({"Nonsense": 1})));
    assert!(strange_to_update(&json!({"SkipValidation": true})));
}

#[test]
fn a_card_can_do_without_an_account() {
    let new = object(&without(card(), "AccountId")).into_new().unwrap();
    assert_eq!(new.account, None);
}

async fn answer(failure: Failure, status: StatusCode) -> (StatusCode, Value) {
    let response = respond_failure(&failure, &reasons(&failure), status);
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn failures_have_the_bodies_that_clients_of_crud_know() {
    let error = |code: &str, message: &str| json!({"Errors": [{"Code": code, "Message": message}], "Success": false});
    let nothing = json!({"records": [], "size": 0, "done": true});
    let ok = StatusCode::OK;
    for (failure, given, status, body) in [
        (
            Failure::NotFound(EchoedKey::new("x")),
            StatusCode::NOT_FOUND,
            StatusCode::NOT_FOUND,
            nothing.clone(),
        ),
        (Failure::NoRoute, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND, nothing),
        (
            Failure::NotSignedIn,
            StatusCode::UNAUTHORIZED,
            StatusCode::UNAUTHORIZED,
            json!({"message": "Authentication error"}),
        ),
        (
            Failure::UnknownFields(UnknownFields::new(["a"].into_iter())),
            ok,
            StatusCode::BAD_REQUEST,
            json!({"message": "Error - unrecognised fields"}),
        ),
        (
            ObjectError::invalid_id("update").into(),
            ok,
            StatusCode::BAD_REQUEST,
            error("INVALID_ID", "invalid id for update"),
        ),
        (
            Failure::Refused(Refusal::IsDefault),
            ok,
            StatusCode::BAD_REQUEST,
            error(
                "CANNOT_DELETE",
                "The default payment method cannot be deleted. Make another one the default first.",
            ),
        ),
        (
            Failure::Contended,
            Category::Contention.status(),
            StatusCode::CONFLICT,
            error("LOCK_COMPETITION", "The account kept changing. Try again."),
        ),
        (
            Failure::Busy,
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::TOO_MANY_REQUESTS,
            error("REQUEST_EXCEEDED_LIMIT", "Too many writes are waiting. Try again in a second."),
        ),
    ] {
        let name = format!("{failure:?}");
        assert_eq!(answer(failure, given).await, (status, body), "{name}");
    }
}

#[tokio::test]
async fn who_lacks_a_right_is_told_with_a_code() {
    for failure in [Failure::Forbidden, Failure::Entity(EntityFault::Forbidden)] {
        let (status, body) = answer(failure, StatusCode::OK).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(body["code"], 50_000_010);
        assert!(body["message"].is_string());
    }
}
