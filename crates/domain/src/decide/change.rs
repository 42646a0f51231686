//! Rules for changing a card that is on file.

use serde_json::Value;

use super::{create, may_be_default, news, note_approval, stamp};
use crate::{
    account::State,
    card::{Card, CardStatus, MandateInfo},
    command::{CardPatch, Context, HolderPatch, Patch, RetryPatch},
    event::Changes,
    expiry::Expiry,
    expiry_warning,
    refusal::Refusal,
    region::Region,
    tally::Tally,
};

/// The card after the change, whether it becomes the default, and what changed.
pub(super) fn update_card(
    state: &State,
    before: &Card,
    patch: &CardPatch,
    context: &Context,
) -> Result<(Card, bool, Changes), Refusal> {
    if before.status == CardStatus::Scrubbed {
        return Err(Refusal::Scrubbed);
    }
    let mut card = before.clone();
    let mut changes = Changes::default();
    change_identity(&mut card, patch, context, &mut changes)?;
    change_holder(&mut card, &patch.holder, &mut changes)?;
    change_extras(&mut card, patch, &mut changes);
    change_custom(&mut card, patch, &mut changes)?;
    change_retry_rule(&mut card, &patch.retry, &mut changes)?;
    if let Some(failures) = patch.failures {
        changes.note_value("numConsecutiveFailures", card.failures.get(), failures.get());
        card.failures = failures;
        // Payments are counted anew from the number that the caller knows.
        card.activity.tally = Some(Tally::set(failures, context.at));
    }
    if let Some(status) = patch.status {
        changes.note_value("status", card.status.as_str(), status.as_str());
        card.status = status;
    }
    if patch.security_code.approved {
        note_approval(&mut card.activity, context);
    }
    if patch.check_duplicated {
        create::refuse_duplicate(state, &card)?;
    }
    let made_default = patch.make_default
        && !state.account.name.key.is_orphan()
        && state.account.default_card != Some(card.id);
    if made_default {
        may_be_default(&card)?;
    }
    news::note(&mut card, patch, &mut changes);
    card.updated = stamp(context);
    Ok((card, made_default, changes))
}

/// Whether the patch would change what a security code vouches for.
pub fn changes_identity(card: &Card, patch: &CardPatch) -> bool {
    next_expiry(card, patch) != card.expiry
        || patch.holder_name.as_ref().is_some_and(|name| card.holder_name.as_ref() != Some(name))
}

/// When the card expires after the patch.
pub fn next_expiry(card: &Card, patch: &CardPatch) -> Expiry {
    Expiry {
        year: patch.year.unwrap_or(card.expiry.year),
        month: patch.month.unwrap_or(card.expiry.month),
    }
}

fn change_identity(
    card: &mut Card,
    patch: &CardPatch,
    context: &Context,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let code = patch.security_code;
    let expiry = next_expiry(card, patch);
    if (patch.month.is_some() || patch.year.is_some()) && expiry.is_past(context.at) {
        return Err(Refusal::Expired);
    }
    if code.required_on_change && !code.approved && changes_identity(card, patch) {
        return Err(Refusal::SecurityCodeRequired);
    }
    changes.note_value("expirationMonth", card.expiry.month.get(), expiry.month.get());
    changes.note_value("expirationYear", card.expiry.year.get(), expiry.year.get());
    if card.expiry != expiry {
        card.expiry = expiry;
        card.activity.warned = expiry_warning::passed(expiry, context.at);
    }
    if let Some(name) = &patch.holder_name {
        changes.note(card.holder_name.as_ref() != Some(name), "cardHolderName");
        card.holder_name = Some(name.clone());
    }
    Ok(())
}

fn change_holder(
    card: &mut Card,
    patch: &HolderPatch,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let holder = &mut card.holder;
    changes.note(patch.address_line1.apply(&mut holder.address_line1), "addressLine1");
    changes.note(patch.address_line2.apply(&mut holder.address_line2), "addressLine2");
    changes.note(patch.city.apply(&mut holder.city), "city");
    let moved = patch.country.apply(&mut holder.country);
    changes.note(moved, "country");
    changes.note(patch.email.apply(&mut holder.email), "email");
    changes.note(patch.phone.apply(&mut holder.phone), "phone");
    changes.note(patch.zip_code.apply(&mut holder.zip_code), "zipCode");
    // What a state means depends on the country as it is after this change, so one that stays is
    // read again where the country does not.
    let given = match &patch.state {
        Patch::Set(text) => Some(text),
        Patch::Keep if moved => holder.state.as_ref(),
        Patch::Keep | Patch::Clear => None,
    };
    let state = match given {
        Some(text) => Patch::Set(
            Region::resolve(text.as_str(), holder.country).map_err(|_| Refusal::UnknownState)?,
        ),
        None => patch.state.clone(),
    };
    changes.note(state.apply(&mut holder.state), "state");
    Ok(())
}

fn change_extras(card: &mut Card, patch: &CardPatch, changes: &mut Changes) {
    let extras = &mut card.extras;
    changes.note(patch.ip_address.apply(&mut extras.ip_address), "ipAddress");
    changes.note(patch.device_session_id.apply(&mut extras.device_session_id), "deviceSessionId");
    changes.note(patch.auth_gateway.apply(&mut extras.auth_gateway), "authGateway");
    changes.note(patch.gateway_number.apply(&mut extras.gateway_number), "paymentGatewayNumber");
    changes.note(patch.currency.apply(&mut extras.currency), "currencyCode");
    if let Some(given) = &patch.mandate {
        changes.note(merge_mandate(&mut extras.mandate, given), "mandateInfo");
    }
}

fn merge_mandate(mandate: &mut MandateInfo, given: &MandateInfo) -> bool {
    let before = mandate.clone();
    macro_rules! take {
        ($($field:ident),+) => {
            $(if given.$field.is_some() { mandate.$field.clone_from(&given.$field); })+
        };
    }
    take!(
        mandate_id,
        mandate_reason,
        mandate_status,
        mit_profile_action,
        mit_profile_type,
        mit_consent_agreement_src,
        mit_consent_agreement_ref,
        mit_network_transaction_id,
        mit_profile_agreed_on
    );
    *mandate != before
}

fn change_custom(card: &mut Card, patch: &CardPatch, changes: &mut Changes) -> Result<(), Refusal> {
    for (name, value) in patch.custom.iter() {
        if card.custom.get(name.as_str()) != Some(value) {
            changes.note_custom(name.as_str());
        }
    }
    card.custom.merge(&patch.custom).map_err(|_| Refusal::TooManyCustomFields)
}

fn change_retry_rule(
    card: &mut Card,
    patch: &RetryPatch,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let rule = &mut card.retry_rule;
    if let Some(use_default) = patch.use_default {
        changes.note_value("useDefaultRetryRule", rule.use_default, use_default);
        rule.use_default = use_default;
    }
    let sets_own =
        matches!(patch.window_hours, Patch::Set(_)) || matches!(patch.max_failures, Patch::Set(_));
    if sets_own && rule.use_default {
        return Err(Refusal::DefaultRetryRule);
    }
    let before = *rule;
    patch.window_hours.apply(&mut rule.window_hours);
    patch.max_failures.apply(&mut rule.max_failures);
    let number = |value: Option<u16>| value.map_or(Value::Null, Value::from);
    changes.note_value(
        "paymentRetryWindow",
        number(before.window_hours.map(crate::retry_rule::RetryWindow::get)),
        number(rule.window_hours.map(crate::retry_rule::RetryWindow::get)),
    );
    changes.note_value(
        "maxConsecutivePaymentFailures",
        number(before.max_failures.map(|max| max.get().into())),
        number(rule.max_failures.map(|max| max.get().into())),
    );
    Ok(())
}
