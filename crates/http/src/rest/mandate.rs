//! Mandate and stored-credential consent, as the wire has them.

use cardfile_domain::{
    card::{MandateInfo, MitConsentAgreementSrc, MitProfileAction, MitProfileType},
    text::{ConsentRef, MandateId, MandateReason, MandateStatus, NetworkTransactionId},
};
use jiff::civil::Date;
use serde::Deserialize;
use validator::Validate;

use super::rest_fields::UnknownNames;
use crate::fields::Field;

/// `mandateInfo` of a request.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the wire's")]
pub(crate) struct Mandate {
    #[validate(nested)]
    mandate_id: Field<MandateId>,
    #[validate(nested)]
    mandate_reason: Field<MandateReason>,
    #[validate(nested)]
    mandate_status: Field<MandateStatus>,
    #[validate(nested)]
    mit_profile_action: Field<MitProfileAction>,
    #[validate(nested)]
    mit_profile_type: Field<MitProfileType>,
    #[validate(nested)]
    mit_consent_agreement_src: Field<MitConsentAgreementSrc>,
    #[validate(nested)]
    mit_consent_agreement_ref: Field<ConsentRef>,
    #[validate(nested)]
    mit_transaction_id: Field<NetworkTransactionId>,
    #[validate(nested)]
    mit_profile_agreed_on: Field<Date>,
    #[serde(flatten)]
    pub(crate) unknown: UnknownNames,
}

impl Mandate {
    pub(crate) fn into_info(self) -> MandateInfo {
        MandateInfo {
            mandate_id: self.mandate_id.into_option(),
            mandate_reason: self.mandate_reason.into_option(),
            mandate_status: self.mandate_status.into_option(),
            mit_profile_action: self.mit_profile_action.into_option(),
            mit_profile_type: self.mit_profile_type.into_option(),
            mit_consent_agreement_src: self.mit_consent_agreement_src.into_option(),
            mit_consent_agreement_ref: self.mit_consent_agreement_ref.into_option(),
            mit_network_transaction_id: self.mit_transaction_id.into_option(),
            mit_profile_agreed_on: self.mit_profile_agreed_on.into_option(),
        }
    }
}
