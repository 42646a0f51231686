//! The names of customers and cards on the wire.

use cardfile_domain::{
    account::Account,
    card::Card,
    id::{AccountKey, PaymentMethodId},
};
use cardfile_service::{Caller, Service, Source};

use super::fault::StripeFault;
use crate::failure::{EchoedKey, Failure};

const CUSTOMER: &str = "cus_";

/// The customer's name: the one that it was given elsewhere, or one made of its id.
pub(crate) fn customer_name(account: &Account) -> String {
    match &account.number {
        Some(number) if number.as_str().starts_with(CUSTOMER) => number.as_str().to_owned(),
        _ => format!("{CUSTOMER}{}", account.id),
    }
}

/// The card's name: one that was given to it as a card elsewhere, or one made of its id.
pub(crate) fn card_name(card: &Card) -> String {
    let given = card.extras.names.iter().map(AsRef::as_ref);
    let mut given =
        given.filter(|name: &&str| name.starts_with("card_") || name.starts_with("src_"));
    match (&card.extras.upstream, given.next()) {
        (Some(upstream), _) => upstream.card.clone(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => Source::Ours { card: card.id, as_token: false }.to_string(),
    }
}

/// Whether a text is a name that is built around an id of ours.
pub(crate) fn is_ours(text: &str) -> bool {
    let id = ["tok_", "card_", CUSTOMER].iter().find_map(|prefix| text.strip_prefix(prefix));
    id.is_some_and(|id| id.parse::<PaymentMethodId>().is_ok())
}

/// A name as far as it may be echoed.
pub(crate) fn echoed(name: &str) -> EchoedKey {
    if is_ours(name) { EchoedKey::built_by_us(name) } else { EchoedKey::new(name) }
}

/// The keys under which a customer of this name may be filed, the likeliest first.
fn keys_of(name: &str) -> Option<[Option<AccountKey>; 2]> {
    let rest = name.strip_prefix(CUSTOMER)?;
    let by_id = rest.parse().ok().filter(|key: &AccountKey| key.as_account_id().is_some());
    Some([by_id, name.parse().ok()])
}

/// Finds a customer by its name; one that was deleted is missing, unless it has a card again.
pub(crate) async fn find_customer(
    service: &Service,
    caller: &Caller,
    name: &str,
) -> Result<Account, Failure> {
    let missing = || Failure::Stripe(StripeFault::NoCustomer(echoed(name)));
    for key in keys_of(name).ok_or_else(missing)?.into_iter().flatten() {
        match service.find_account(caller, &key).await {
            Ok(account) if is_gone(service, &account).await? => return Err(missing()),
            Ok(account) => return Ok(account),
            Err(cardfile_service::Failure::Refused(_)) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(missing())
}

/// The member of an account's details that says that its customer was deleted.
pub(crate) const DELETED: &str = "deleted";

/// Whether a customer was deleted and has no card since then.
pub(crate) async fn is_gone(service: &Service, account: &Account) -> Result<bool, Failure> {
    let deleted = account.details.get(DELETED).and_then(serde_json::Value::as_bool);
    if deleted != Some(true) {
        return Ok(false);
    }
    Ok(service.list_sources(account, None, 1).await?.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_ours_is_echoed_whatever_its_digits_look_like() {
        for prefix in ["tok_", "card_", "cus_"] {
            let name = format!("{prefix}01a1fe7e4111111111111111ca482745");
            assert_eq!(echoed(&name).as_str(), name);
        }
        for other in ["card_4111111111111111", "4111111111111111"] {
            assert_eq!(echoed(other).as_str(), "?");
        }
    }

    #[test]
    fn a_customer_is_looked_for_by_its_id_and_by_a_name_given_elsewhere() {
        let hex = "019a2c4e7b1e7c60a1b2c3d4e5f60718";
        let [by_id, by_number] = keys_of(&format!("cus_{hex}")).unwrap();
        assert_eq!(by_id.unwrap().as_str(), hex);
        assert_eq!(by_number.unwrap().as_str(), format!("cus_{hex}"));
        let [by_id, by_number] = keys_of("cus_QRs9eKZ4xUzN2TP9").unwrap();
        assert_eq!(by_id, None);
        assert_eq!(by_number.unwrap().as_str(), "cus_QRs9eKZ4xUzN2TP9");
        assert!(keys_of(hex).is_none());
    }
}
