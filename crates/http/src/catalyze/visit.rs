//! A user at an organization, which is what most requests of this dialect begin with.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use cardfile_domain::{account::Account, ports::FiledCard};
use cardfile_service::{Caller, Service, User};

use super::{
    bodies::param,
    door::SignedIn,
    org::{PAYERS, key_of, require},
};
use crate::{
    AppState,
    failure::Failure,
    layers::Entered,
    stripe::{fault::StripeFault, page::card_of},
};

/// Who is there, and what the path names.
pub(crate) struct Visit {
    pub(super) service: Arc<Service>,
    pub(super) caller: Caller,
    pub(super) user: User,
    params: RawPathParams,
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let Entered(caller) = Entered::from_request_parts(parts, state).await?;
        let user = parts.extensions.get().map(|SignedIn { user, .. }| user.clone());
        let params = RawPathParams::from_request_parts(parts, state).await;
        Ok(Self {
            service: Arc::clone(&state.service),
            caller,
            user: user.ok_or(Failure::NotSignedIn)?,
            params: params.map_err(|_| Failure::NoRoute)?,
        })
    }
}

impl Visit {
    /// The organization's name in the path.
    pub(super) fn org(&self) -> &str {
        param(&self.params, 0)
    }

    /// The organization, if somebody has opened it.
    pub(super) async fn find_if_any(&self) -> Result<Option<Account>, Failure> {
        match self.service.find_account(&self.caller, &key_of(self.org())?).await {
            Ok(account) => Ok(Some(account)),
            Err(cardfile_service::Failure::Refused(_)) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// The organization.
    pub(super) async fn find(&self) -> Result<Account, Failure> {
        self.find_if_any().await?.ok_or(Failure::Stripe(StripeFault::NoOrg))
    }

    /// The organization, for a user who may look after what it pays with.
    pub(super) async fn paid_for(&self) -> Result<Account, Failure> {
        let account = self.find_if_any().await?;
        require(&self.user, account.as_ref(), &PAYERS)?;
        account.ok_or(Failure::Stripe(StripeFault::NoOrg))
    }

    /// The card that is named in the path: it is there, or the answer is "not found".
    pub(super) async fn payment(&self, account: &Account) -> Result<FiledCard, Failure> {
        match card_of(&self.service, &self.caller, account, param(&self.params, 1)).await {
            Err(Failure::Stripe(StripeFault::NoSource(_))) => {
                Err(Failure::Stripe(StripeFault::NoPayment))
            }
            found => found,
        }
    }
}
