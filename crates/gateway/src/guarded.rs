//! A gateway with what surrounds it: a bound on the questions under way, a breaker, figures.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use cardfile_domain::{
    gateway::{Keeper, Trail},
    id::EntityId,
    ports::{Gateway, Verdict, Verification},
};
use metrics::{counter, gauge, histogram};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

use crate::breaker::Breaker;

/// Questions to one gateway that are under way at the same time; more wait.
const AT_ONCE: usize = 64;
/// How long a question waits for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(5);

/// A configured gateway.
pub struct Guarded {
    name: Arc<str>,
    gateway: Arc<dyn Gateway>,
    keeper: Option<Arc<dyn Keeper>>,
    /// One in this process has none: it cannot be away, and its silence is played.
    breaker: Option<Breaker>,
    turns: Semaphore,
}

impl Guarded {
    /// A gateway in this process.
    pub fn inside(name: &str, gateway: Arc<dyn Gateway>) -> Self {
        Self::new(name, gateway, None)
    }

    /// A gateway that is reached over a network.
    pub fn outside(name: &str, gateway: Arc<dyn Gateway>) -> Self {
        Self::new(name, gateway, Some(Breaker::default()))
    }

    fn new(name: &str, gateway: Arc<dyn Gateway>, breaker: Option<Breaker>) -> Self {
        let turns = Semaphore::new(AT_ONCE);
        Self { name: name.into(), gateway, keeper: None, breaker, turns }
    }

    /// The same, of a gateway that keeps the cards of its entities.
    #[must_use]
    pub fn keeping(self, keeper: Arc<dyn Keeper>) -> Self {
        Self { keeper: Some(keeper), ..self }
    }

    /// Its name in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who keeps the cards, if it does.
    pub(crate) fn keeper(&self) -> Option<&dyn Keeper> {
        self.keeper.as_deref()
    }

    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        timeout(TURN_WITHIN, self.turns.acquire()).await.ok()?.ok()
    }

    /// Puts a question while the breaker and the others let it.
    async fn put(&self, question: impl Future<Output = Verdict> + Send) -> Option<Verdict> {
        let _turn = self.turn().await?;
        let Some(breaker) = &self.breaker else { return Some(question.await) };
        let passage = breaker.pass(Instant::now())?;
        let verdict = question.await;
        let now = Instant::now();
        passage.note(matches!(verdict, Verdict::Approved | Verdict::Declined(_)), now);
        gauge!("cardfile_gateway_breaker", "gateway" => self.label())
            .set(breaker.state(now).figure());
        Some(verdict)
    }

    fn label(&self) -> metrics::SharedString {
        metrics::SharedString::from_shared(Arc::clone(&self.name))
    }

    fn count(&self, what: &'static str, verdict: &Verdict, begun: Instant) {
        let name = match verdict {
            Verdict::Approved => "approved",
            Verdict::Declined(_) => "declined",
            Verdict::Unknown(_) => "unknown",
            Verdict::Unasked => "unasked",
            Verdict::Nobody => "nobody",
        };
        counter!(
            "cardfile_gateway_questions_total",
            "gateway" => self.label(), "question" => what, "verdict" => name
        )
        .increment(1);
        histogram!(
            "cardfile_gateway_question_duration_seconds",
            "gateway" => self.label(), "question" => what
        )
        .record(begun.elapsed().as_secs_f64());
    }
}

#[async_trait]
impl Gateway for Guarded {
    async fn verify(&self, verification: Verification<'_>) -> Verdict {
        let begun = Instant::now();
        let verdict = self.put(self.gateway.verify(verification)).await;
        let verdict = match verdict {
            Some(Verdict::Unknown(trail)) => Verdict::Unknown(self.named(&trail)),
            Some(verdict) => verdict,
            None => Verdict::Unasked,
        };
        self.count("verify", &verdict, begun);
        verdict
    }

    async fn trace(&self, entity: EntityId, trail: &Trail) -> Verdict {
        let unknown = Verdict::Unknown(trail.clone());
        // What another gateway left behind, before the configuration changed, leads nowhere here.
        let Some(inner) = self.unnamed(trail) else { return unknown };
        let begun = Instant::now();
        let verdict = match self.put(self.gateway.trace(entity, &inner)).await {
            Some(Verdict::Unknown(_)) | None => unknown,
            Some(verdict) => verdict,
        };
        self.count("trace", &verdict, begun);
        verdict
    }

    async fn let_go(&self, entity: EntityId, trail: &Trail) {
        if let Some(inner) = self.unnamed(trail) {
            self.gateway.let_go(entity, &inner).await;
        }
    }

    fn heeds(&self, entity: EntityId, option: &str) -> bool {
        self.gateway.heeds(entity, option)
    }
}

impl Guarded {
    fn named(&self, trail: &Trail) -> Trail {
        Trail::new(format!("{}\n{}", self.name, trail.as_str()))
    }

    fn unnamed(&self, trail: &Trail) -> Option<Trail> {
        let (name, inner) = trail.as_str().split_once('\n')?;
        (name == &*self.name).then(|| Trail::new(inner))
    }
}
