//! What gateways tell without being asked: signed, in any order, any number of times.

mod news;
mod signature;
mod take;

use cardfile_domain::id::EntityId;
use zeroize::Zeroizing;

pub use self::{news::StripeEvent, signature::SignatureFault};

/// A secret that a gateway signs with, and the entities whose gateway it is.
pub struct WebhookSecret {
    /// The secret as it is written.
    pub secret: Zeroizing<String>,
    /// The entities that what is signed with it may be about.
    pub entities: Vec<EntityId>,
}
