//! Single-use tokens: a card comes from a browser, and later a server says whose it is.

use std::net::IpAddr;

use cardfile_domain::{
    client::Rights,
    id::{ClientId, PaymentMethodId},
    limits::CARD_TOKEN_HOURS,
    ports::FiledCard,
    refusal::Refusal,
    track_id::TrackId,
};
use cardfile_vault::PublishableKey;
use jiff::SignedDuration;

use crate::{AuthFailure, Caller, CardEntry, Failure, Service};

/// The client that the audit trail names for whoever holds a publishable key; nobody can sign in as it,
/// because ids of clients are random.
const BROWSER: ClientId = ClientId::from_bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

impl Service {
    /// Lets in whoever shows an entity's publishable key: to make tokens there, and for nothing else.
    pub fn let_in_browser(&self, key: &str, track: Option<TrackId>) -> Result<Caller, AuthFailure> {
        let key: PublishableKey = key.parse().map_err(|_| AuthFailure::Invalid)?;
        let entity = self.vault.entity_of(key).ok_or(AuthFailure::Invalid)?;
        Ok(Caller { client: BROWSER, entity, rights: Rights::default(), track })
    }

    /// Makes a token of a card that comes from somewhere in the network, as often as is allowed there.
    pub async fn create_token_for(
        &self,
        caller: &Caller,
        address: Option<IpAddr>,
        entry: CardEntry,
    ) -> Result<FiledCard, Failure> {
        self.token_rates.take(caller.entity, address, self.clock.now())?;
        self.create_token(caller, entry).await
    }

    /// Makes a token of a card: it is verified and sealed, and belongs to nobody yet.
    pub async fn create_token(
        &self,
        caller: &Caller,
        mut entry: CardEntry,
    ) -> Result<FiledCard, Failure> {
        // Where the gateway makes the tokens no number comes this way.
        if self.keeper.keeps(caller.entity) {
            return Err(Refusal::NumberElsewhere.into());
        }
        entry.extras.is_token = true;
        let done = self.create_card(caller, None, entry, None).await?;
        let id = done.card.ok_or(Refusal::CardNotFound)?;
        self.store.find_card(caller.entity, id).await?.ok_or(Refusal::CardNotFound.into())
    }

    /// Finds a token, used or not, for as long as it could be used.
    pub async fn find_token(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
    ) -> Result<FiledCard, Failure> {
        let filed = self.store.find_card(caller.entity, id).await?;
        let until = self.clock.now() - SignedDuration::from_hours(CARD_TOKEN_HOURS);
        filed.filter(|filed| filed.card.created.at > until).ok_or(Refusal::CardNotFound.into())
    }
}
