//! The card holder's address and contact, as three operations send it.

use cardfile_domain::{
    card::HolderDetails,
    command::HolderPatch,
    country::Country,
    text::{AddressLine, CardHolderName, City, Email, Phone, StateName, ZipCode},
};
use serde::Deserialize;
use validator::Validate;

use super::rest_fields::UnknownNames;
use crate::fields::{Erasable, Field};

/// Address and contact without a name.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct HolderInfo {
    #[validate(nested)]
    pub(crate) address_line1: Field<Erasable<AddressLine>>,
    #[validate(nested)]
    pub(crate) address_line2: Field<Erasable<AddressLine>>,
    #[validate(nested)]
    pub(crate) city: Field<Erasable<City>>,
    #[validate(nested)]
    pub(crate) country: Field<Erasable<Country>>,
    #[validate(nested)]
    pub(crate) email: Field<Erasable<Email>>,
    #[validate(nested)]
    pub(crate) phone: Field<Erasable<Phone>>,
    #[validate(nested)]
    pub(crate) state: Field<Erasable<StateName>>,
    #[validate(nested)]
    pub(crate) zip_code: Field<Erasable<ZipCode>>,
    #[serde(flatten)]
    pub(crate) unknown: UnknownNames,
}

impl HolderInfo {
    pub(crate) fn into_patch(self) -> HolderPatch {
        HolderPatch {
            address_line1: self.address_line1.into_erasing_patch(),
            address_line2: self.address_line2.into_erasing_patch(),
            city: self.city.into_erasing_patch(),
            country: self.country.into_erasing_patch(),
            email: self.email.into_erasing_patch(),
            phone: self.phone.into_erasing_patch(),
            state: self.state.into_erasing_patch(),
            zip_code: self.zip_code.into_erasing_patch(),
        }
    }
}

/// Name, address and contact of a card that is new.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct CardHolderInfo {
    #[validate(nested)]
    pub(crate) card_holder_name: Field<CardHolderName>,
    #[validate(nested)]
    pub(crate) address_line1: Field<Erasable<AddressLine>>,
    #[validate(nested)]
    pub(crate) address_line2: Field<Erasable<AddressLine>>,
    #[validate(nested)]
    pub(crate) city: Field<Erasable<City>>,
    #[validate(nested)]
    pub(crate) country: Field<Erasable<Country>>,
    #[validate(nested)]
    pub(crate) email: Field<Erasable<Email>>,
    #[validate(nested)]
    pub(crate) phone: Field<Erasable<Phone>>,
    #[validate(nested)]
    pub(crate) state: Field<Erasable<StateName>>,
    #[validate(nested)]
    pub(crate) zip_code: Field<Erasable<ZipCode>>,
    #[serde(flatten)]
    pub(crate) unknown: UnknownNames,
}

impl CardHolderInfo {
    /// An account that is opened with a card wants to know where its holder lives.
    pub(crate) fn require_whole_address(&mut self) {
        self.card_holder_name.require();
        self.address_line1.require();
        self.city.require();
        self.country.require();
        self.state.require();
        self.zip_code.require();
    }

    pub(crate) fn into_parts(self) -> (Option<CardHolderName>, HolderDetails) {
        let details = HolderDetails {
            address_line1: self.address_line1.into_value(),
            address_line2: self.address_line2.into_value(),
            city: self.city.into_value(),
            country: self.country.into_value(),
            email: self.email.into_value(),
            phone: self.phone.into_value(),
            state: self.state.into_value(),
            zip_code: self.zip_code.into_value(),
        };
        (self.card_holder_name.into_option(), details)
    }
}
