//! What can only be wrong with an upload or a line of one.

use crate::{code::Category, respond::Reason};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UploadFault {
    /// The media type is none that lines come in.
    MediaType,
    /// As many uploads as there may be are going on.
    TooMany,
    /// A line is too long.
    LineTooLong,
    /// The external key of a line was used for another line.
    KeyReused,
    /// A line names an entity that the client may not use.
    Entity,
}

impl UploadFault {
    /// The category and the words.
    pub(crate) fn reason(self) -> Reason {
        match self {
            Self::MediaType => Reason::whole(
                Category::Unsupported,
                "Send application/x-ndjson or text/csv, plain or with Content-Encoding: gzip.",
            ),
            Self::TooMany => Reason::whole(
                Category::Limit,
                "Too many uploads are going on. Try again in a second.",
            ),
            Self::LineTooLong => Reason::whole(Category::Limit, "The line is too long."),
            Self::KeyReused => Reason::field(
                "externalKey",
                Category::Rule,
                "'externalKey' was used for another line.",
            ),
            Self::Entity => Reason::whole(
                Category::Permission,
                "The client may not use the entity in 'entityId'.",
            ),
        }
    }
}
