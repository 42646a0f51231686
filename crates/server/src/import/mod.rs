//! `cardfile import`: sends a file to a running server and follows what becomes of its lines.
//!
//! It uses the server's bulk upload like any other client, so it works beside whatever else the
//! server does, on any database. The file is read no faster than the server takes it, and receipts are
//! read as they come: neither is ever held as a whole.

mod access;
mod call;
mod note;
mod progress;
mod receipts;
mod skip;
mod source;

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use self::{
    access::Access,
    call::{Session, Upload, lost},
    note::{Note, Progress},
    progress::Reporter,
    receipts::{Effect, Receipt, Said, Splitter, Summary, failure_rows},
    skip::Skipper,
    source::{Plan, Sending, Source, read_identities},
};
use crate::{
    cli::ImportArgs, config::Settings, data_dir::DataDir, fault::Fault, file_form::FileForm,
    output::say,
};

/// How often the note and what is shown are brought up to date.
const TICK: Duration = Duration::from_secs(1);
const FAILURES_HEAD: &str = "line,code,message\r\n";

/// `cardfile import FILE|-`
pub(crate) async fn import(settings: &Settings, args: &ImportArgs) -> Result<(), Fault> {
    let form = FileForm::of_name(&args.file);
    let Some(format) = args.format.or(form.format) else {
        return Err(Fault::usage(
            "What is in the file cannot be told by its name; say --format ndjson or --format csv.",
        ));
    };
    let identities = match (&args.identity, form.sealed) {
        (Some(path), _) => read_identities(path)?,
        (None, false) => Vec::new(),
        (None, true) => {
            return Err(Fault::usage(
                "The file is sealed; name the file with the key that opens it with --identity.",
            ));
        }
    };
    let access = Access::find(&args.server, &DataDir::named(&settings.data_dir))?;
    let source = Source::open(&args.file)?;
    let note = source.bytes.filter(|_| !args.dry_run).map(|_| Note::beside(&args.file));
    let before = before(args, note.as_ref(), source.bytes)?;
    let session = Session::begin(&access).await?;
    let resumes = before.line > 0;
    let mut run = Run {
        progress: before,
        before_last: before,
        first: before.line + 1,
        note,
        noted: before,
        failures: args.failures.as_deref().map(|path| open_failures(path, resumes)).transpose()?,
        reporter: Reporter::new(args.quiet, source.bytes),
        read: source.counter(),
        summary: None,
        ended_at: None,
    };
    if resumes && !args.quiet {
        eprintln!("{} lines were answered before; going on with line {}", before.line, run.first);
    }
    let skipper = Skipper::new(format, run.first);
    let plan = Plan { identities, unpack: form.packed && resumes, skipper };
    let packed = form.packed && !resumes;
    let upload = Upload { format, packed, entity: args.entity, dry_run: args.dry_run };
    let Sending { body, reading } = source.send(plan);
    let followed = match session.upload(&upload, body).await {
        Ok(answer) => run.follow(answer).await,
        Err(fault) => Err(fault),
    };
    run.reporter.finish();
    run.leave_note()?;
    // What is wrong with the file comes first: a connection that breaks is the consequence.
    let read = reading.await.unwrap_or_else(|error| Err(Fault::other(format!("{error}."))));
    read.and(followed)?;
    run.end(args)
}

/// What was done by an earlier run, and is not done again.
fn before(args: &ImportArgs, note: Option<&Note>, bytes: Option<u64>) -> Result<Progress, Fault> {
    let file_bytes = bytes.unwrap_or_default();
    let fresh = Progress { file_bytes, ..Progress::default() };
    if let Some(first) = args.resume_from {
        return Ok(Progress { line: first.get() - 1, ..fresh });
    }
    let noted = note.map(|note| note.read(file_bytes)).transpose()?.flatten();
    Ok(noted.unwrap_or(fresh))
}

fn open_failures(path: &Path, resumes: bool) -> Result<File, Fault> {
    let open = || {
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(resumes).truncate(!resumes);
        let mut file = options.open(path)?;
        if file.metadata()?.len() == 0 {
            file.write_all(FAILURES_HEAD.as_bytes())?;
        }
        Ok(file)
    };
    open().map_err(|error: io::Error| {
        Fault::usage(format!("The file \"{}\" cannot be written: {error}.", path.display()))
    })
}

/// An import that is under way.
struct Run {
    progress: Progress,
    /// The same without the last receipt.
    before_last: Progress,
    /// The first line that is counted.
    first: u64,
    note: Option<Note>,
    noted: Progress,
    failures: Option<File>,
    reporter: Reporter,
    read: Arc<AtomicU64>,
    summary: Option<Summary>,
    /// Where the server could read no further, and why.
    ended_at: Option<(u64, String)>,
}

impl Run {
    /// Reads receipts until there are no more.
    async fn follow(&mut self, mut answer: Incoming) -> Result<(), Fault> {
        let mut splitter = Splitter::default();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                frame = answer.frame() => match frame {
                    None => return Ok(()),
                    Some(frame) => {
                        let frame = frame.map_err(|error| lost(&error))?;
                        self.take(&mut splitter, &frame.into_data().unwrap_or_default())?;
                    }
                },
                _ = tick.tick() => {
                    self.reporter.update(self.read.load(Ordering::Relaxed), &self.progress.tally);
                    self.leave_note()?;
                }
            }
        }
    }

    fn take(&mut self, splitter: &mut Splitter, piece: &[u8]) -> Result<(), Fault> {
        for line in splitter.push(piece) {
            match serde_json::from_slice(&line) {
                Ok(Said::Receipt(receipt)) => self.count(receipt)?,
                Ok(Said::Summary { summary }) => self.summary = Some(summary),
                Err(_) => {
                    return Err(Fault::other(
                        "The server's answer is not understood; is it a Cardfile of this version?",
                    ));
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, receipt: Receipt) -> Result<(), Fault> {
        // A line that was sent again to keep its place has been counted.
        if receipt.line < self.first {
            return Ok(());
        }
        if receipt.result == Effect::Refused
            && let Some(file) = &mut self.failures
        {
            file.write_all(failure_rows(&receipt).as_bytes()).map_err(|error| {
                Fault::other(format!("The failures cannot be written: {error}."))
            })?;
        }
        let message = receipt.reasons.into_iter().next().map(|reason| reason.message);
        self.ended_at = message.map(|message| (receipt.line, message));
        self.before_last = self.progress;
        self.progress.line = receipt.line;
        self.progress.tally.add(receipt.result);
        Ok(())
    }

    /// Notes how far it got, if that is news.
    fn leave_note(&mut self) -> Result<(), Fault> {
        let broke_off = self.summary.as_ref().is_some_and(|summary| !summary.complete);
        // The last receipt is then about the line that was cut off, and the next run begins with it.
        let reached = if broke_off { self.before_last } else { self.progress };
        if let Some(note) = &self.note
            && self.noted != reached
        {
            note.write(&reached)?;
            self.noted = reached;
        }
        Ok(())
    }

    /// Says what it came to.
    fn end(self, args: &ImportArgs) -> Result<(), Fault> {
        let Some(summary) = self.summary else {
            return Err(Fault::other(
                "The server ended the import before its end; run it again to go on.",
            ));
        };
        let tally = self.progress.tally;
        if args.output.json {
            let mut shown = json!(tally);
            shown["replayed"] = json!(summary.replayed);
            shown["complete"] = json!(summary.complete);
            shown["dry_run"] = json!(args.dry_run);
            say(&format!("{shown}\n"))?;
        } else {
            let tried = if args.dry_run { " (tried only, nothing was changed)" } else { "" };
            say(&format!("{}{tried}\n", tally.words()))?;
        }
        if !summary.complete {
            let (line, why) = self.ended_at.unwrap_or_default();
            return Err(Fault::other(format!(
                "The import ended at line {line}: {why} Everything before stands."
            )));
        }
        if let Some(note) = &self.note {
            note.remove()?;
        }
        match tally.refused {
            0 => Ok(()),
            refused => Err(Fault::refused(hint(refused, args))),
        }
    }
}

fn hint(refused: u64, args: &ImportArgs) -> String {
    let what = match refused {
        1 => "One line was refused".to_owned(),
        _ => format!("{refused} lines were refused"),
    };
    match &args.failures {
        Some(path) => format!("{what}; \"{}\" says why.", path.display()),
        None => format!("{what}; --failures FILE would tell which and why."),
    }
}
