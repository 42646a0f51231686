//! What a card's row tells of its account.
//!
//! As long as an account is as it was opened but for events of the card that came with it, that card's row
//! tells all there is to know: then nobody has to look for the account to read or to change the card. It
//! is silenced in the commit that writes the account's row again.

use cardfile_domain::{account::Account, card::Card, event::EventHash, id::AccountId};

use super::Unit;

/// What a card's row tells beside the account's latest event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The account's id.
    pub(crate) account: AccountId,
    /// Whether the card is the account's default.
    pub(crate) is_default: bool,
}

impl Told {
    /// What the row of a new card can tell: nothing unless what [`Self::account`] makes of it is the account.
    pub(crate) fn by(unit: &Unit, card: &Card) -> Option<Self> {
        let account = &unit.account;
        let told = Self { account: account.id, is_default: account.default_card.is_some() };
        let is_fresh = unit.expected == 0 && account.name == card.account_ref();
        let tells = || told.account(card, account.event_seq, account.event_head) == *account;
        (is_fresh && tells()).then_some(told)
    }

    /// The account of a card that tells this, and whose latest event is this.
    pub(crate) fn account(self, card: &Card, event_seq: i64, event_head: EventHash) -> Account {
        Account {
            default_card: self.is_default.then_some(card.id),
            lone_card: Some(card.id),
            version: 1,
            event_seq,
            event_head,
            updated_at: card.updated.at,
            ..Account::unopened(card.account_ref(), self.account, card.created.at)
        }
    }
}
