//! What became of payments: told by billing systems and by the webhooks of gateways.

use cardfile_domain::{
    command::{Claim, Command, Target},
    id::{LogId, PaymentMethodId, SnapshotId},
    payment::{LogEntry, PaymentOutcome},
    ports::{Done, SnapshotPage},
    refusal::Refusal,
    snapshot::Snapshot,
};

use crate::{Caller, Failure, Service};

impl Service {
    /// Notes what became of a payment with a card.
    ///
    /// A payment counts once, however often and by whomever it is told: its own id is the claim, and
    /// what was answered to that is never forgotten.
    pub async fn record_outcome(
        &self,
        caller: &Caller,
        card: PaymentMethodId,
        outcome: PaymentOutcome,
    ) -> Result<Done, Failure> {
        let claim = self.payment_claim(caller, card, &outcome).await?;
        let target = Target::Card(caller.entity, card);
        let command = Command::NoteOutcome(Box::new(outcome));
        match self.execute(caller, target, command, Some(claim)).await {
            Err(Failure::Refused(Refusal::KeyReused)) => Err(Refusal::OtherOutcome.into()),
            ended => ended,
        }
    }

    /// The same payment is the same claim for every client of the entity.
    async fn payment_claim(
        &self,
        caller: &Caller,
        card: PaymentMethodId,
        outcome: &PaymentOutcome,
    ) -> Result<Claim, Failure> {
        self.load_keys(caller.entity).await?;
        let name: [&[u8]; 2] = [b"payment", outcome.payment.as_str().as_bytes()];
        let told = serde_json::to_vec(outcome).unwrap_or_default();
        let parts: [&[u8]; 3] = [b"outcome", card.as_bytes(), &told];
        let key = self.vault.request_mac(caller.entity, &name)?;
        let request = self.vault.request_mac(caller.entity, &parts)?;
        Ok(Claim { key, request })
    }

    /// Finds a payment in the transaction log.
    pub async fn find_log_entry(
        &self,
        caller: &Caller,
        id: LogId,
    ) -> Result<Option<LogEntry>, Failure> {
        Ok(self.store.find_log_entry(caller.entity, id).await?)
    }

    /// Finds a card as it was when a payment was made with it.
    pub async fn find_snapshot(
        &self,
        caller: &Caller,
        id: SnapshotId,
    ) -> Result<Option<Snapshot>, Failure> {
        Ok(self.store.find_snapshot(caller.entity, id).await?)
    }

    /// Lists snapshots in the order of their ids.
    pub async fn list_snapshots(
        &self,
        caller: &Caller,
        page: &SnapshotPage,
    ) -> Result<Vec<Snapshot>, Failure> {
        Ok(self.store.list_snapshots(caller.entity, page).await?)
    }
}
