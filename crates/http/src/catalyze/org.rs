//! `/org`: organizations, and who may do what in them.

use axum::{Extension, response::Response};
use cardfile_domain::{
    account::Account,
    id::{AccountKey, ClientId},
};
use cardfile_service::{AccountChange, NewCustomer, User};
use serde_json::{Map, Value, json};

use super::{bodies::Members, door::SignedIn, visit::Visit};
use crate::{
    UseCases, failure::Failure, layers::Entered, reply, rest::accounts::open::free_of_card_numbers,
    stripe::fault::StripeFault,
};

/// What a user may be in an organization.
const ROLES: [&str; 5] = ["dev", "admin", "payment", "viewOther", "viewPhi"];

/// Who may change an organization itself.
const KEEPERS: [&str; 2] = ["admin", "dev"];

/// Who may look after what it pays with.
pub(super) const PAYERS: [&str; 2] = ["admin", "payment"];

/// `POST /org`.
pub(crate) async fn create(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    Extension(signed_in): Extension<SignedIn>,
    members: Members,
) -> Result<Response, Failure> {
    let mut details = Map::new();
    for name in ["name", "description"] {
        details.insert(name.to_owned(), members.text(name)?.into());
    }
    let mut details = free_of_numbers(details)?;
    let mut permissions = Permissions::default();
    permissions.take(members.0.get("permissions"))?;
    permissions.add_to_all(signed_in.user.id());
    details.insert(PERMISSIONS.to_owned(), permissions.json());
    let account = service.open_customer(&caller, NewCustomer { number: None, details }).await?;
    Ok(reply::ok(&shown(&account)))
}

/// `GET /org/{orgId}`.
pub(crate) async fn get(visit: Visit) -> Result<Response, Failure> {
    Ok(reply::ok(&shown(&visit.find().await?)))
}

/// `PUT /org/{orgId}`.
pub(crate) async fn update(visit: Visit, members: Members) -> Result<Response, Failure> {
    let account = visit.find().await?;
    let Visit { service, caller, user, .. } = visit;
    require(&user, Some(&account), &KEEPERS)?;
    let mut details = Map::new();
    for name in ["name", "description"] {
        if members.0.contains_key(name) {
            details.insert(name.to_owned(), members.text(name)?.into());
        }
    }
    let mut details = free_of_numbers(details)?;
    if let Some(changed) = members.0.get(PERMISSIONS) {
        let mut permissions = Permissions::of(&account);
        permissions.take(Some(changed))?;
        details.insert(PERMISSIONS.to_owned(), permissions.json());
    }
    let change = AccountChange { default_card: None, details };
    service.update_account(&caller, account.name.key.clone(), change, None).await?;
    let account = service.find_account(&caller, &account.name.key).await?;
    Ok(reply::ok(&shown(&account)))
}

/// The key that an organization is filed under.
pub(super) fn key_of(org: &str) -> Result<AccountKey, Failure> {
    org.parse().map_err(|_| Failure::Stripe(StripeFault::NoOrg))
}

/// Refuses a user who is none of these in an organization. Whoever administers the entity administers
/// each of its organizations, and those that nobody has opened yet.
pub(super) fn require(
    user: &User,
    account: Option<&Account>,
    roles: &[&str],
) -> Result<(), Failure> {
    if user.is_admin() {
        return Ok(());
    }
    let account = account.ok_or(Failure::Stripe(StripeFault::NoOrg))?;
    let permissions = Permissions::of(account);
    if roles.iter().any(|role| permissions.has(role, user.id())) {
        Ok(())
    } else {
        Err(Failure::Forbidden)
    }
}

const PERMISSIONS: &str = "permissions";

/// Who may do what, by the name of the role.
#[derive(Default)]
struct Permissions([Vec<String>; 5]);

impl Permissions {
    /// Those of an organization; what is not written as such gives nothing.
    fn of(account: &Account) -> Self {
        let mut permissions = Self::default();
        let kept = account.details.get(PERMISSIONS);
        for (role, users) in ROLES.iter().zip(&mut permissions.0) {
            let listed = kept.and_then(|kept| kept.get(role)).and_then(Value::as_array);
            let texts = listed.into_iter().flatten().filter_map(Value::as_str);
            users.extend(texts.map(str::to_owned));
        }
        permissions
    }

    /// Takes over the lists that are sent; the others stay.
    fn take(&mut self, sent: Option<&Value>) -> Result<(), Failure> {
        let wrong = || Failure::Stripe(StripeFault::Invalid(PERMISSIONS));
        let Some(sent) = sent else { return Ok(()) };
        for (role, users) in sent.as_object().ok_or_else(wrong)? {
            let place = ROLES.iter().position(|known| known == role).ok_or_else(wrong)?;
            let users = users.as_array().ok_or_else(wrong)?;
            let id = |user: &Value| user.as_str()?.parse().ok().map(|id: ClientId| id.to_string());
            let ids: Option<Vec<_>> = users.iter().map(id).collect();
            self.0[place] = ids.ok_or_else(wrong)?;
        }
        Ok(())
    }

    fn add_to_all(&mut self, user: ClientId) {
        let user = user.to_string();
        for users in &mut self.0 {
            if !users.contains(&user) {
                users.push(user.clone());
            }
        }
    }

    fn has(&self, role: &str, user: ClientId) -> bool {
        let user = user.to_string();
        let mut all = ROLES.iter().zip(&self.0);
        all.any(|(known, users)| *known == role && users.contains(&user))
    }

    fn json(&self) -> Value {
        ROLES.iter().zip(&self.0).map(|(role, users)| ((*role).to_owned(), json!(users))).collect()
    }
}

fn shown(account: &Account) -> Value {
    json!({
        "name": account.details.get("name"),
        "orgId": account.id,
        "description": account.details.get("description"),
        "permissions": Permissions::of(account).json(),
    })
}

/// What is kept in the open, if there is no card number in it.
fn free_of_numbers(details: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
    let found = free_of_card_numbers(&details);
    if found.is_empty() { Ok(details) } else { Err(Failure::Invalid(found)) }
}
