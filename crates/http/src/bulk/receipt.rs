//! What is said about each line, and about all of them at the end.

use cardfile_domain::{id::PaymentMethodId, ports::StoreError, refusal::Refusal};
use cardfile_service::{Effect, LineAnswer};
use serde::Serialize;

use super::{UploadFault, reader::Place};
use crate::{
    code::ObjectCode,
    context::RequestContext,
    failure::{Failure, UnknownFields},
    respond::{self, Coded},
};

/// A line that was answered, or at which the upload ended.
pub(super) struct Answered {
    /// The line's number.
    pub(super) number: u64,
    /// The operation whose codes its failures have.
    pub(super) object: ObjectCode,
    /// The card that it names.
    pub(super) card: Option<PaymentMethodId>,
    /// What became of it.
    pub(super) outcome: Result<Effect, Failure>,
    /// It had taken effect before.
    pub(super) replayed: bool,
    /// Options that its gateway would ignore.
    pub(super) ignored: Vec<String>,
}

#[derive(Serialize)]
struct Receipt {
    line: u64,
    id: Option<PaymentMethodId>,
    result: &'static str,
    reasons: Vec<Coded>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// What all lines together came to.
#[derive(Default, Serialize)]
pub(super) struct Summary {
    lines: u64,
    created: u64,
    updated: u64,
    unchanged: u64,
    refused: u64,
    /// Lines of these that had taken effect before.
    replayed: u64,
    /// The upload was read to its end.
    pub(super) complete: bool,
    #[serde(skip)]
    logged: bool,
}

#[derive(Serialize)]
struct Last<'a> {
    summary: &'a Summary,
}

impl Answered {
    pub(super) fn new((number, object, card): Place, answer: LineAnswer) -> Self {
        let LineAnswer { outcome, replayed, ignored } = answer;
        Self { number, object, card, outcome: outcome.map_err(Failure::from), replayed, ignored }
    }

    /// A line that was refused before anything was asked of it.
    pub(super) fn refused((number, object, card): Place, failure: Failure) -> Self {
        Self { number, object, card, outcome: Err(failure), replayed: false, ignored: Vec::new() }
    }

    /// Whether nothing can be stored any more, so that there is no use in reading on.
    pub(super) fn is_hopeless(&self) -> bool {
        use cardfile_service::Failure as Service;
        match &self.outcome {
            Err(Failure::Internal(cause)) => {
                matches!(**cause, Service::Store(StoreError::Unavailable(_)))
            }
            _ => false,
        }
    }
}

impl Summary {
    /// Counts a line and writes its receipt.
    pub(super) fn add(&mut self, answered: Answered, context: &RequestContext, out: &mut Vec<u8>) {
        let Answered { number, object, card, outcome, replayed, ignored } = answered;
        self.lines += 1;
        self.replayed += u64::from(replayed);
        let (id, result, count) = match &outcome {
            Ok(Effect::Created(id)) => (*id, "created", &mut self.created),
            Ok(Effect::Updated(id)) => (Some(*id), "updated", &mut self.updated),
            Ok(Effect::Unchanged(id)) => (Some(*id), "unchanged", &mut self.unchanged),
            Err(_) => (card, "refused", &mut self.refused),
        };
        *count += 1;
        let reasons = match &outcome {
            Ok(_) => Vec::new(),
            // A line's key is not a header.
            Err(Failure::Refused(Refusal::KeyReused)) => {
                respond::coded_reasons(&Failure::Upload(UploadFault::KeyReused), object)
            }
            Err(failure) => {
                self.log(failure, context);
                respond::coded_reasons(failure, object)
            }
        };
        // A name is shown as far as names are: a caller could have put anything in its place.
        let shown = |name: String| UnknownFields::new([name.as_str()].into_iter()).list();
        let warnings = ignored
            .into_iter()
            .map(|name| format!("The gateway ignores the option '{}'.", shown(name)));
        write(out, &Receipt { line: number, id, result, reasons, warnings: warnings.collect() });
    }

    /// Writes the last line.
    pub(super) fn end(&self, out: &mut Vec<u8>) {
        write(out, &Last { summary: self });
    }

    /// Logs what is our fault, once: it is the same for each line.
    fn log(&mut self, failure: &Failure, context: &RequestContext) {
        if !self.logged && matches!(failure, Failure::Internal(_) | Failure::DirectoryDown(_)) {
            self.logged = true;
            respond::log(failure, context);
        }
    }
}

fn write(out: &mut Vec<u8>, line: &impl Serialize) {
    // Memory can always be written to, and the types have text keys only.
    let _ = serde_json::to_writer(&mut *out, line);
    out.push(b'\n');
}
