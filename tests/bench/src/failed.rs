//! Why a measurement came to nothing.

use thiserror::Error;

#[derive(Debug, Error)]
pub(crate) enum Failed {
    #[error("{0}")]
    Because(String),
    #[error("the network or a file: {0}")]
    Io(#[from] std::io::Error),
    #[error("an answer that is no HTTP: {0}")]
    Http(#[from] httparse::Error),
    #[error("the upload: {0}")]
    Upload(#[from] hyper::Error),
    #[error("an answer that is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("a latency out of range: {0}")]
    Latency(#[from] hdrhistogram::RecordError),
}

impl Failed {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self::Because(reason.into())
    }
}
