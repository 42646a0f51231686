//! A card as Stripe's callers send it: fields without types, by names of its own.

use std::str::FromStr;

use cardfile_domain::{
    brand::CardType,
    card::{Extras, HolderDetails},
    card_number::CardNumber,
    command::{Brought, CardPatch, HolderPatch, Patch},
    country::Country,
    custom_fields::CustomFields,
    expiry::{ExpirationMonth, ExpirationYear, Expiry},
    failures::ConsecutiveFailures,
    retry_rule::RetryRule,
    security_code::SecurityCode,
    text::CardHolderName,
};
use cardfile_service::CardEntry;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Map;

use super::fault::{CardFault, StripeFault};
use crate::failure::Failure;

/// What was sent of a card, each field by its name without whatever stands around it.
pub(crate) trait CardFields {
    /// The field's text; a field that is empty was not sent.
    fn field(&self, name: &str) -> Option<&str>;
}

/// The card that was sent, to be made a token of.
pub(crate) fn read_entry(fields: &impl CardFields, now: Timestamp) -> Result<CardEntry, Failure> {
    let fault = |fault| Failure::Stripe(StripeFault::Card(fault));
    let number = required(fields, "number")?;
    let number: CardNumber = number.parse().map_err(|_| fault(CardFault::Number))?;
    let card_type = CardType::detect(&number).ok_or_else(|| fault(CardFault::Number))?;
    let month = required(fields, "exp_month")?;
    let year = required(fields, "exp_year")?;
    let expiry = Expiry {
        month: month.parse().map_err(|_| fault(CardFault::Month))?,
        year: read_year(year).ok_or_else(|| fault(CardFault::Year))?,
    };
    if expiry.is_past(now) {
        let this_year = now.to_zoned(TimeZone::UTC).year();
        let over = i32::from(expiry.year.get()) < i32::from(this_year);
        return Err(fault(if over { CardFault::Year } else { CardFault::Month }));
    }
    let code = fields.field("cvc").map(str::parse::<SecurityCode>);
    Ok(CardEntry {
        number,
        card_type,
        expiry,
        holder_name: text(fields, "name")?,
        holder: read_holder(fields)?,
        extras: Extras::default(),
        custom: CustomFields::default(),
        failures: ConsecutiveFailures::default(),
        retry_rule: RetryRule::default(),
        brought: Brought::default(),
        make_default: false,
        check_duplicated: false,
        security_code: code.transpose().map_err(|_| fault(CardFault::Code))?,
        skip_validation: false,
        gateway_options: Map::new(),
    })
}

/// The names of the fields of a card that can be changed later.
pub(crate) const CHANGEABLE: [&str; 9] = [
    "address_city",
    "address_country",
    "address_line1",
    "address_line2",
    "address_state",
    "address_zip",
    "exp_month",
    "exp_year",
    "name",
];

/// A change of what can be changed later; what is empty is taken away.
pub(crate) fn read_patch(fields: &impl CardFields) -> Result<CardPatch, Failure> {
    let fault = |fault| Failure::Stripe(StripeFault::Card(fault));
    let month = fields.field("exp_month").map(str::parse::<ExpirationMonth>);
    let year = fields.field("exp_year").map(|text| read_year(text).ok_or(()));
    Ok(CardPatch {
        month: month.transpose().map_err(|_| fault(CardFault::Month))?,
        year: year.transpose().map_err(|()| fault(CardFault::Year))?,
        holder_name: text::<CardHolderName>(fields, "name")?,
        holder: HolderPatch {
            address_line1: patch(fields, "address_line1")?,
            address_line2: patch(fields, "address_line2")?,
            city: patch(fields, "address_city")?,
            country: patch::<Country>(fields, "address_country")?,
            state: patch(fields, "address_state")?,
            zip_code: patch(fields, "address_zip")?,
            ..HolderPatch::default()
        },
        ..CardPatch::default()
    })
}

fn read_holder(fields: &impl CardFields) -> Result<HolderDetails, Failure> {
    Ok(HolderDetails {
        address_line1: text(fields, "address_line1")?,
        address_line2: text(fields, "address_line2")?,
        city: text(fields, "address_city")?,
        country: text(fields, "address_country")?,
        state: text(fields, "address_state")?,
        zip_code: text(fields, "address_zip")?,
        ..HolderDetails::default()
    })
}

fn required<'f>(fields: &'f impl CardFields, name: &'static str) -> Result<&'f str, Failure> {
    fields.field(name).ok_or(Failure::Stripe(StripeFault::Missing(name)))
}

fn text<T: FromStr>(fields: &impl CardFields, name: &'static str) -> Result<Option<T>, Failure> {
    let read = fields.field(name).map(str::parse);
    read.transpose().map_err(|_| Failure::Stripe(StripeFault::Invalid(name)))
}

fn patch<T: FromStr>(fields: &impl CardFields, name: &'static str) -> Result<Patch<T>, Failure> {
    Ok(text(fields, name)?.map_or(Patch::Keep, Patch::Set))
}

/// A year in four digits, or in two as it stands on the card.
fn read_year(text: &str) -> Option<ExpirationYear> {
    let whole = |text: &str| text.parse().ok();
    if text.len() == 2 { whole(&format!("20{text}")) } else { whole(text) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    struct Sent(HashMap<&'static str, &'static str>);

    impl CardFields for Sent {
        fn field(&self, name: &str) -> Option<&str> {
            self.0.get(name).copied()
        }
    }

    fn read(more: &[(&'static str, &'static str)]) -> Result<CardEntry, String> {
        let mut sent = HashMap::from([
            ("number", "4242 4242 4242 4242"),
            ("exp_month", "8"),
            ("exp_year", "30"),
            ("cvc", "123"),
        ]);
        sent.extend(more.iter().copied());
        sent.retain(|_, text| !text.is_empty());
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        read_entry(&Sent(sent), now).map_err(|failure| format!("{failure:?}"))
    }

    #[test]
    fn a_card_is_read_as_people_write_it() {
        let entry = read(&[("name", "Leo"), ("address_country", "US")]).unwrap();
        assert_eq!(entry.card_type, CardType::Visa);
        assert_eq!((entry.expiry.year.get(), entry.expiry.month.get()), (2030, 8));
        assert_eq!(entry.holder_name.unwrap().as_str(), "Leo");
        assert!(read(&[("cvc", "")]).unwrap().security_code.is_none());
    }

    #[test]
    fn each_mistake_has_a_code_of_its_own() {
        for (field, value, expected) in [
            ("number", "4242424242424241", "Number"),
            ("number", "1", "Number"),
            ("number", "", "Missing"),
            ("exp_month", "13", "Month"),
            ("exp_year", "2025", "Year"),
            ("exp_year", "x", "Year"),
            ("cvc", "12", "Code"),
            ("name", "4242424242424242", "Invalid"),
        ] {
            let failure = read(&[(field, value)]).err().unwrap();
            assert!(failure.contains(expected), "{field}: {failure}");
            assert!(!failure.contains("424"), "{failure}");
        }
        let failure = read(&[("exp_year", "2026"), ("exp_month", "10")]).err().unwrap();
        assert!(failure.contains("Month"), "{failure}");
    }
}
