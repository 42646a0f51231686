//! An issuer host that speaks ISO 8583 over TCP.
//!
//! A card is verified by an authorisation request (0100) of the amount 0, as the schemes ask for it.
//! Responses 00 and 85, "no reason to decline", mean that the card is good. Where the host gives no
//! answer in time, the request is reversed (0400) at once, while the number is still at hand: a reversal
//! that the host accepts means that nothing came of the question. Without one nobody knows, and nobody
//! will: the number is not kept to ask again.

mod host;
mod meaning;
mod message;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use cardfile_domain::{
    gateway::Trail,
    ports::{Clock, Gateway, Verdict, Verification},
};
use jiff::tz::TimeZone;
use std::sync::Arc;
use tokio::time::Instant;

use self::{
    host::{Host, Trouble},
    meaning::{Reversal, judge, reversal},
    message::Message,
};

/// How to reach the host.
pub struct IsoSettings {
    /// Host name or address, and port.
    pub address: String,
    /// How long a question may take, its reversal included.
    pub within: Duration,
    /// How many connections are kept.
    pub connections: usize,
    /// Terminal (DE 41), at most 8 characters.
    pub terminal: String,
    /// Merchant (DE 42), at most 15 characters.
    pub merchant: String,
    /// Currency by its ISO 4217 number (DE 49) where a caller names none.
    pub currency: String,
}

/// A gateway that is an issuer host.
pub struct Iso8583 {
    host: Host,
    settings: IsoSettings,
    clock: Arc<dyn Clock>,
    trace_number: AtomicU32,
}

/// Numbers of six digits, without zero.
const TRACE_NUMBERS: u32 = 999_999;

impl Iso8583 {
    /// A gateway that has not been asked anything yet. It counts its questions from `first`.
    pub fn new(settings: IsoSettings, clock: Arc<dyn Clock>, first: u64) -> Self {
        let first = u32::try_from(first % u64::from(TRACE_NUMBERS)).unwrap_or_default();
        let host = Host::new(settings.address.clone(), settings.connections);
        Self { host, settings, clock, trace_number: AtomicU32::new(first) }
    }

    fn next_trace_number(&self) -> u32 {
        self.trace_number.fetch_add(1, Ordering::Relaxed) % TRACE_NUMBERS + 1
    }
}

#[async_trait]
impl Gateway for Iso8583 {
    async fn verify(&self, verification: Verification<'_>) -> Verdict {
        let begun = Instant::now();
        let number = self.next_trace_number();
        let now = TimeZone::UTC.to_datetime(self.clock.now());
        let has_code = verification.security_code.is_some();
        let mut request = Message::authorisation(&self.settings, &verification, number, now);
        if let Some(code) = &verification.security_code {
            request.set_code(code.expose());
        }
        drop(verification);
        // A third of the time is left for the reversal.
        let end = begun + self.settings.within * 2 / 3;
        let told = self.host.ask(&request, number, end).await;
        // The code was sent, and a reversal must not have it.
        request.forget_code();
        match told {
            Ok(response) => match judge(&response, has_code) {
                Some(verdict) => verdict,
                None => self.reverse(request, number, begun).await,
            },
            Err(Trouble::NotSent) => Verdict::Unasked,
            Err(Trouble::Lost) => self.reverse(request, number, begun).await,
        }
    }
}

impl Iso8583 {
    async fn reverse(&self, request: Message, number: u32, begun: Instant) -> Verdict {
        let own_number = self.next_trace_number();
        let reversal_request = request.into_reversal(number, own_number);
        let end = begun + self.settings.within;
        let told = self.host.ask(&reversal_request, own_number, end).await;
        match told.as_ref().map(reversal) {
            Ok(Reversal::Done) => Verdict::Unasked,
            Ok(Reversal::Refused) | Err(_) => Verdict::Unknown(Trail::new(format!("{number:06}"))),
        }
    }
}
