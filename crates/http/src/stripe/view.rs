//! Cards and tokens as Stripe shows them.

use std::fmt::Write;

use cardfile_domain::{
    brand::CardType,
    card::{Card, Fingerprint},
    country::Country,
    ports::FiledCard,
};
use serde_json::{Value, json};

use super::names::card_name;

/// The brand as Stripe calls it; brands that it does not know are unknown.
pub(crate) fn brand(card_type: CardType) -> &'static str {
    match card_type {
        CardType::Visa | CardType::Electron | CardType::AppleVisa => "Visa",
        CardType::MasterCard | CardType::Maestro | CardType::AppleMasterCard => "MasterCard",
        CardType::AmericanExpress | CardType::AppleAmericanExpress => "American Express",
        CardType::Discover | CardType::AppleDiscover => "Discover",
        CardType::JCB | CardType::AppleJCB => "JCB",
        CardType::Diners => "Diners Club",
        CardType::CUP => "UnionPay",
        CardType::Elo
        | CardType::Hipercard
        | CardType::Naranja
        | CardType::Nativa
        | CardType::TarjetaShopping
        | CardType::Cencosud
        | CardType::Argencard
        | CardType::Cabal => "Unknown",
    }
}

/// The end of the number.
pub(crate) fn last4(card: &Card) -> Option<String> {
    card.number.as_ref().map(|number| number.masked.last4().as_str().to_owned())
}

/// What all generations of the object have in common.
pub(crate) fn card(filed: &FiledCard, customer: Option<&str>) -> Value {
    let card = &filed.card;
    let holder = &card.holder;
    json!({
        "id": card_name(card),
        "object": "card",
        "address_city": holder.city,
        "address_country": holder.country.map(Country::iso2),
        "address_line1": holder.address_line1,
        "address_line1_check": null,
        "address_line2": holder.address_line2,
        "address_state": holder.state,
        "address_zip": holder.zip_code,
        "address_zip_check": null,
        "brand": brand(card.card_type),
        "country": null,
        "customer": customer,
        "cvc_check": null,
        "exp_month": card.expiry.month.get(),
        "exp_year": card.expiry.year.get(),
        "fingerprint": fingerprint(card),
        "funding": "unknown",
        "last4": last4(card),
        "metadata": {},
        "name": card.holder_name,
    })
}

/// Enough of the fingerprint to tell an entity's cards apart.
fn fingerprint(card: &Card) -> Option<String> {
    let Fingerprint(bytes) = card.number.as_ref()?.vaulted.as_ref()?.fingerprint;
    let mut text = String::with_capacity(16);
    for byte in &bytes[..8] {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}
