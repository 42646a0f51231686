//! The gateway of entities that have none.

use async_trait::async_trait;
use cardfile_domain::ports::{Gateway, Verdict, Verification};

/// Says of every card that nobody can be asked about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoGateway;

#[async_trait]
impl Gateway for NoGateway {
    async fn verify(&self, _: Verification<'_>) -> Verdict {
        Verdict::Nobody
    }
}
