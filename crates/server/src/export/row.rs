//! A card in the words of the upload that would make it again.

use cardfile_domain::{
    card::{
        Card, CardStatus, Extras, MandateInfo, MitConsentAgreementSrc, MitProfileAction,
        MitProfileType,
    },
    card_number::CardNumber,
    country::Country,
    ports::FiledCard,
    retry_rule::{MaxFailures, RetryRule, RetryWindow},
};
use serde_json::{Map, Value};

/// Names and values; those without a value are left out.
pub(super) type Row = Map<String, Value>;

/// A card's row, with its number in full if that was opened for it.
pub(super) fn row(filed: &FiledCard, number: Option<&CardNumber>) -> Row {
    let card = &filed.card;
    let mut row = Row::new();
    // Two cards that look the same stay two, and one that is sent twice is made once.
    put(&mut row, "externalKey", Some(format!("export-{}", card.id)));
    put(&mut row, "type", Some("CreditCard"));
    put(&mut row, "accountKey", (!card.account.is_orphan()).then(|| card.account.as_str()));
    put(&mut row, "cardType", Some(card.card_type.as_str()));
    let masked = || card.number.as_ref().map(|number| number.masked.to_string());
    let shown = number.map(|number| number.expose().to_owned()).or_else(masked);
    put(&mut row, "cardNumber", shown);
    put(&mut row, "expirationMonth", Some(card.expiry.month.get()));
    put(&mut row, "expirationYear", Some(card.expiry.year.get()));
    // A closed card cannot be made the default. The others must not become it for want of one.
    let is_default = filed.is_default && card.is_active();
    put(&mut row, "makeDefault", (!card.account.is_orphan()).then_some(is_default));
    put(&mut row, "status", (!card.is_active()).then(|| card.status.as_str()));
    put(&mut row, "numConsecutiveFailures", Some(card.failures.get()));
    retry_rule(&mut row, card.retry_rule);
    extras(&mut row, &card.extras);
    let holder = holder(card);
    put(&mut row, "cardHolderInfo", (!holder.is_empty()).then_some(holder));
    let mandate = mandate(&card.extras.mandate);
    put(&mut row, "mandateInfo", (!mandate.is_empty()).then_some(mandate));
    for (name, value) in card.custom.iter() {
        row.insert(name.as_str().to_owned(), value.clone());
    }
    // It may, if only between the export and the import.
    put(&mut row, "mayBeExpired", Some(true));
    // A gateway has vouched for the card before.
    put(&mut row, "skipValidation", Some(true));
    row
}

/// Whether a card can be made again from its row.
pub(super) fn is_whole(card: &Card) -> bool {
    card.status != CardStatus::Scrubbed && card.number.is_some()
}

fn put(row: &mut Row, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        row.insert(name.to_owned(), value.into());
    }
}

fn retry_rule(row: &mut Row, rule: RetryRule) {
    put(row, "useDefaultRetryRule", (!rule.use_default).then_some(false));
    put(row, "paymentRetryWindow", rule.window_hours.map(RetryWindow::get));
    put(row, "maxConsecutivePaymentFailures", rule.max_failures.map(MaxFailures::get));
}

fn extras(row: &mut Row, extras: &Extras) {
    put(row, "authGateway", text(extras.auth_gateway.as_ref()));
    put(row, "paymentGatewayNumber", text(extras.gateway_number.as_ref()));
    put(row, "currencyCode", text(extras.currency.as_ref()));
    put(row, "ipAddress", text(extras.ip_address.as_ref()));
    put(row, "identityNumber", text(extras.identity_number.as_ref()));
    put(row, "deviceSessionId", text(extras.device_session_id.as_ref()));
    put(row, "paymentMethodNumber", text(extras.payment_method_number.as_ref()));
}

fn holder(card: &Card) -> Row {
    let mut row = Row::new();
    let holder = &card.holder;
    put(&mut row, "cardHolderName", text(card.holder_name.as_ref()));
    put(&mut row, "addressLine1", text(holder.address_line1.as_ref()));
    put(&mut row, "addressLine2", text(holder.address_line2.as_ref()));
    put(&mut row, "city", text(holder.city.as_ref()));
    put(&mut row, "country", holder.country.map(Country::name));
    put(&mut row, "email", text(holder.email.as_ref()));
    put(&mut row, "phone", text(holder.phone.as_ref()));
    put(&mut row, "state", text(holder.state.as_ref()));
    put(&mut row, "zipCode", text(holder.zip_code.as_ref()));
    row
}

fn mandate(info: &MandateInfo) -> Row {
    let mut row = Row::new();
    put(&mut row, "mandateId", text(info.mandate_id.as_ref()));
    put(&mut row, "mandateReason", text(info.mandate_reason.as_ref()));
    put(&mut row, "mandateStatus", text(info.mandate_status.as_ref()));
    put(&mut row, "mitProfileAction", info.mit_profile_action.map(MitProfileAction::as_str));
    put(&mut row, "mitProfileType", info.mit_profile_type.map(MitProfileType::as_str));
    let source = info.mit_consent_agreement_src.map(MitConsentAgreementSrc::as_str);
    put(&mut row, "mitConsentAgreementSrc", source);
    put(&mut row, "mitConsentAgreementRef", text(info.mit_consent_agreement_ref.as_ref()));
    put(&mut row, "mitTransactionId", text(info.mit_network_transaction_id.as_ref()));
    put(&mut row, "mitProfileAgreedOn", info.mit_profile_agreed_on.map(|day| day.to_string()));
    row
}

fn text<T: AsRef<str>>(value: Option<&T>) -> Option<&str> {
    value.map(AsRef::as_ref)
}
