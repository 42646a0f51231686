//! A card as `GET` shows it: every key present, null where there is nothing to show.

use cardfile_domain::{
    card::{
        Card, CardStatus, MandateInfo, MitConsentAgreementSrc, MitProfileAction, MitProfileType,
        TransactionStatus,
    },
    card_number::Bin,
    country::Country,
    ports::FiledCard,
    retry_rule::{MaxFailures, RetryWindow},
};
use jiff::{Timestamp, fmt::temporal::DateTimePrinter, tz::Offset};
use serde::Serialize;
use serde_json::{Map, Value};

/// What stands in for what was erased.
const SCRUBBED: &str = "Record Scrubbed";
const SCRUBBED_COUNTRY: &str = "0";

/// A card, with `success` where it is an answer of its own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CardView<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    is_default: bool,
    account_key: Option<String>,
    payment_method_number: Option<&'a str>,
    card_number: String,
    credit_card_type: &'static str,
    expiration_month: u8,
    expiration_year: u16,
    account_holder_info: HolderView<'a>,
    bank_identification_number: Option<&'a str>,
    card_bin_info: Option<Value>,
    identity_number: Option<&'a str>,
    mandate_info: MandateView<'a>,
    existing_mandate: Option<&'static str>,
    device_session_id: Option<&'a str>,
    ip_address: Option<&'a str>,
    last_transaction: Option<&'static str>,
    last_transaction_status: Option<&'static str>,
    last_transaction_date_time: Option<String>,
    last_failed_sale_transaction_date: Option<String>,
    max_consecutive_payment_failures: Option<u8>,
    num_consecutive_failures: u8,
    payment_retry_window: Option<u16>,
    use_default_retry_rule: bool,
    total_number_of_error_payments: u32,
    total_number_of_processed_payments: u32,
    created_by: String,
    created_date: String,
    updated_by: String,
    updated_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<String>,
    #[serde(flatten)]
    custom: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HolderView<'a> {
    account_holder_name: Option<&'a str>,
    address_line1: Option<&'a str>,
    address_line2: Option<&'a str>,
    city: Option<&'a str>,
    country: Option<&'a str>,
    email: Option<&'a str>,
    phone: Option<&'a str>,
    state: Option<&'a str>,
    zip_code: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MandateView<'a> {
    mandate_id: Option<&'a str>,
    mandate_reason: Option<&'a str>,
    mandate_status: Option<&'a str>,
    mit_profile_action: Option<&'static str>,
    mit_profile_type: Option<&'static str>,
    mit_consent_agreement_src: Option<&'static str>,
    mit_consent_agreement_ref: Option<&'a str>,
    mit_transaction_id: Option<&'a str>,
    mit_profile_agreed_on: Option<String>,
}

impl<'a> CardView<'a> {
    /// The card as an answer of its own.
    pub(crate) fn answer(filed: &'a FiledCard) -> Self {
        Self { success: Some(true), ..Self::item(filed) }
    }

    /// The card as one of several.
    pub(crate) fn item(filed: &'a FiledCard) -> Self {
        let card = &filed.card;
        let extras = &card.extras;
        Self {
            id: card.id.to_string(),
            kind: "CreditCard",
            status: card.status.as_str(),
            is_default: filed.is_default,
            account_key: (!card.account.is_orphan()).then(|| filed.account_id.to_string()),
            payment_method_number: extras.payment_method_number.as_ref().map(AsRef::as_ref),
            card_number: masked(card),
            credit_card_type: card.card_type.as_str(),
            expiration_month: card.expiry.month.get(),
            expiration_year: card.expiry.year.get(),
            account_holder_info: HolderView::of(card),
            bank_identification_number: card
                .number
                .as_ref()
                .and_then(|number| number.bin.as_ref())
                .map(Bin::as_str),
            card_bin_info: None,
            identity_number: extras.identity_number.as_ref().map(AsRef::as_ref),
            mandate_info: MandateView::of(&extras.mandate),
            existing_mandate: None,
            device_session_id: extras.device_session_id.as_ref().map(AsRef::as_ref),
            ip_address: extras.ip_address.as_ref().map(AsRef::as_ref),
            last_transaction: card.activity.last_transaction_status.map(TransactionStatus::as_str),
            last_transaction_status: card
                .activity
                .last_transaction_status
                .map(TransactionStatus::as_str),
            last_transaction_date_time: card.activity.last_transaction_at.map(date_time),
            last_failed_sale_transaction_date: card.activity.last_failed_payment_at.map(date_time),
            max_consecutive_payment_failures: card.retry_rule.max_failures.map(MaxFailures::get),
            num_consecutive_failures: card.failures.get(),
            payment_retry_window: card.retry_rule.window_hours.map(RetryWindow::get),
            use_default_retry_rule: card.retry_rule.use_default,
            total_number_of_error_payments: card.activity.failed_payments,
            total_number_of_processed_payments: card.activity.processed_payments,
            created_by: card.created.by.simple(),
            created_date: date_time(card.created.at),
            updated_by: card.updated.by.simple(),
            updated_date: date_time(card.updated.at),
            replaces: extras.replaces.as_ref().map(ToString::to_string),
            replaced_by: extras.replaced_by.as_ref().map(ToString::to_string),
            custom: custom(card),
            success: None,
        }
    }
}

impl<'a> HolderView<'a> {
    fn of(card: &'a Card) -> Self {
        if card.status == CardStatus::Scrubbed {
            let erased = Some(SCRUBBED);
            return Self {
                account_holder_name: erased,
                address_line1: erased,
                address_line2: erased,
                city: erased,
                country: Some(SCRUBBED_COUNTRY),
                email: erased,
                phone: erased,
                state: erased,
                zip_code: erased,
            };
        }
        let holder = &card.holder;
        Self {
            account_holder_name: card.holder_name.as_ref().map(AsRef::as_ref),
            address_line1: holder.address_line1.as_ref().map(AsRef::as_ref),
            address_line2: holder.address_line2.as_ref().map(AsRef::as_ref),
            city: holder.city.as_ref().map(AsRef::as_ref),
            country: holder.country.map(Country::name),
            email: holder.email.as_ref().map(AsRef::as_ref),
            phone: holder.phone.as_ref().map(AsRef::as_ref),
            state: holder.state.as_ref().map(AsRef::as_ref),
            zip_code: holder.zip_code.as_ref().map(AsRef::as_ref),
        }
    }
}

impl<'a> MandateView<'a> {
    fn of(mandate: &'a MandateInfo) -> Self {
        Self {
            mandate_id: mandate.mandate_id.as_ref().map(AsRef::as_ref),
            mandate_reason: mandate.mandate_reason.as_ref().map(AsRef::as_ref),
            mandate_status: mandate.mandate_status.as_ref().map(AsRef::as_ref),
            mit_profile_action: mandate.mit_profile_action.map(MitProfileAction::as_str),
            mit_profile_type: mandate.mit_profile_type.map(MitProfileType::as_str),
            mit_consent_agreement_src: mandate
                .mit_consent_agreement_src
                .map(MitConsentAgreementSrc::as_str),
            mit_consent_agreement_ref: mandate
                .mit_consent_agreement_ref
                .as_ref()
                .map(AsRef::as_ref),
            mit_transaction_id: mandate.mit_network_transaction_id.as_ref().map(AsRef::as_ref),
            mit_profile_agreed_on: mandate.mit_profile_agreed_on.map(|date| date.to_string()),
        }
    }
}

/// The number as it may be shown.
pub(crate) fn masked(card: &Card) -> String {
    match &card.number {
        Some(number) => number.masked.to_string(),
        None => SCRUBBED.to_owned(),
    }
}

/// A moment as REST v1 writes it: a space in the middle, no zone, and the zone is UTC.
pub(crate) fn date_time(at: Timestamp) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().separator(b' ').precision(Some(0));
    PRINTER.datetime_to_string(&Offset::UTC.to_datetime(at))
}

fn custom(card: &Card) -> Map<String, Value> {
    card.custom.iter().map(|(name, value)| (name.as_str().to_owned(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_with_a_space_and_without_a_zone() {
        let at = Timestamp::from_second(1_637_002_748).unwrap();
        assert_eq!(date_time(at), "2021-11-15 18:59:08");
        assert_eq!(date_time(at + jiff::Span::new().milliseconds(999)), "2021-11-15 18:59:08");
    }
}
