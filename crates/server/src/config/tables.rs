//! The tables of the configuration file: gateways, and what is set for single entities.

use std::path::PathBuf;

use cardfile_domain::retry_rule::{MaxFailures, RetryWindow};
use serde::Deserialize;

/// Which kind of system a gateway is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum GatewayKind {
    /// In this process; it asks nobody.
    Sandbox,
    /// An account at Stripe.
    Stripe,
    /// An issuer host.
    Iso8583,
}

impl GatewayKind {
    /// The kind as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Stripe => "stripe",
            Self::Iso8583 => "iso8583",
        }
    }
}

/// `[gateways.NAME]`. Which of the keys there may be depends on the kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayTable {
    /// Which kind of system it is.
    pub kind: GatewayKind,
    /// Where Stripe is.
    pub base_url: Option<String>,
    /// The file with Stripe's secret key.
    pub secret_key_file: Option<PathBuf>,
    /// The environment variable with Stripe's secret key.
    pub secret_key_env: Option<String>,
    /// The version of Stripe's API.
    pub api_version: Option<String>,
    /// The files with the secrets that Stripe signs webhooks with.
    pub webhook_secret_files: Option<Vec<PathBuf>>,
    /// How often a call to Stripe is repeated.
    pub retries: Option<u32>,
    /// Milliseconds that one attempt at one call to Stripe may take.
    pub attempt_timeout_ms: Option<u64>,
    /// Where the issuer host is.
    pub address: Option<String>,
    /// Connections to the issuer host.
    pub connections: Option<usize>,
    /// Terminal that the issuer host is told of.
    pub terminal: Option<String>,
    /// Merchant that the issuer host is told of.
    pub merchant: Option<String>,
    /// Currency that the issuer host is told of, by its ISO 4217 number.
    pub currency: Option<String>,
    /// Milliseconds that a question may take.
    pub timeout_ms: Option<u64>,
}

impl GatewayTable {
    /// A key that is set and means nothing for this kind.
    pub fn misplaced(&self) -> Option<&'static str> {
        let stripe = [
            ("base_url", self.base_url.is_some()),
            ("secret_key_file", self.secret_key_file.is_some()),
            ("secret_key_env", self.secret_key_env.is_some()),
            ("api_version", self.api_version.is_some()),
            ("webhook_secret_files", self.webhook_secret_files.is_some()),
            ("retries", self.retries.is_some()),
            ("attempt_timeout_ms", self.attempt_timeout_ms.is_some()),
        ];
        let iso = [
            ("address", self.address.is_some()),
            ("connections", self.connections.is_some()),
            ("terminal", self.terminal.is_some()),
            ("merchant", self.merchant.is_some()),
            ("currency", self.currency.is_some()),
        ];
        let both = [("timeout_ms", self.timeout_ms.is_some())];
        let foreign = match self.kind {
            GatewayKind::Sandbox => [&stripe[..], &iso, &both].concat(),
            GatewayKind::Stripe => iso.to_vec(),
            GatewayKind::Iso8583 => stripe.to_vec(),
        };
        foreign.into_iter().find(|(_, is_set)| *is_set).map(|(name, _)| name)
    }
}

/// `[entities."ID OR NAME"]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityTable {
    /// The gateway that verifies its cards.
    pub gateway: Option<String>,
    /// When failed payments of cards without a rule of their own are tried again.
    pub retry: Option<RetryTable>,
    /// What follows a card that replaces another; without the key all of it does.
    pub replacement_keeps: Option<Vec<Kept>>,
}

/// `retry` of an entity.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryTable {
    /// Failures after which they are not.
    pub max_failures: Option<MaxFailures>,
    /// Hours between two tries.
    pub window_hours: Option<RetryWindow>,
}

/// Something that follows a card that replaces another.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// The count of failures in a row.
    Counter,
    /// The retry rule.
    RetryRule,
    /// Being the default.
    Default,
}
