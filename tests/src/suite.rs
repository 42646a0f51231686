//! Runs the tests, then asks whether they have seen the whole contract.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use futures::future::LocalBoxFuture;
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::{
    app::{App, Database, Shared},
    block_on, cli, postgres, seen,
};

/// Tests mostly wait for answers, so there are more of them than cores.
const THREADS: usize = 12;

/// A test.
pub struct Case {
    name: &'static str,
    run: Run,
}

#[derive(Clone, Copy)]
enum Run {
    OnEach(fn(App) -> LocalBoxFuture<'static, ()>),
    OnEachHere(fn(Database) -> LocalBoxFuture<'static, ()>),
    Alone(fn()),
}

impl Case {
    /// A test against the program, on each database.
    pub const fn served(name: &'static str, run: fn(App) -> LocalBoxFuture<'static, ()>) -> Self {
        Self { name, run: Run::OnEach(run) }
    }

    /// A test of the parts put together in this process, on each database.
    pub const fn wired(
        name: &'static str,
        run: fn(Database) -> LocalBoxFuture<'static, ()>,
    ) -> Self {
        Self { name, run: Run::OnEachHere(run) }
    }

    /// A test that needs nothing, or makes what it needs.
    pub const fn alone(name: &'static str, run: fn()) -> Self {
        Self { name, run: Run::Alone(run) }
    }
}

/// Lists tests against the program: `async fn name(app: App)`.
///
/// A function that is not listed is never called, which the compiler complains about.
#[macro_export]
macro_rules! served {
    ($($name:ident),+ $(,)?) => {
        vec![$($crate::suite::Case::served(
            concat!(module_path!(), "::", stringify!($name)),
            |app| Box::pin($name(app)),
        )),+]
    };
}

/// Lists tests of the wired parts: `async fn name(database: Database)`.
#[macro_export]
macro_rules! wired {
    ($($name:ident),+ $(,)?) => {
        vec![$($crate::suite::Case::wired(
            concat!(module_path!(), "::", stringify!($name)),
            |database| Box::pin($name(database)),
        )),+]
    };
}

/// Lists tests that stand alone: `fn name()`.
#[macro_export]
macro_rules! alone {
    ($($name:ident),+ $(,)?) => {
        vec![$($crate::suite::Case::alone(
            concat!(module_path!(), "::", stringify!($name)),
            $name,
        )),+]
    };
}

/// Runs tests as the command line asks for.
pub fn main(cases: Vec<Case>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let has_postgres = arguments.list || is_postgres_there();
    if !arguments.list {
        // Here, so that building takes no test's time.
        cli::program();
    }
    let trials: Vec<_> = cases.into_iter().flat_map(|case| trials(&case, has_postgres)).collect();
    catch_panics();
    let whole = arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list;
    let conclusion = libtest_mimic::run(&arguments, trials);
    let logs = block_on(Shared::stop_all());
    postgres::stop();
    let mut failed = conclusion.has_failed();
    // Nothing that these tests do is a reason for a server to complain.
    let complaints: Vec<_> = logs.lines().filter(|line| is_complaint(line)).collect();
    if !complaints.is_empty() {
        println!("the servers complained:\n{}", complaints.join("\n"));
        failed = true;
    }
    if whole {
        failed |= !has_seen_everything();
    }
    if failed { ExitCode::from(101) } else { ExitCode::SUCCESS }
}

fn is_complaint(line: &str) -> bool {
    ["ERROR", "WARN", "panicked"].iter().any(|word| line.contains(word))
}

fn is_postgres_there() -> bool {
    match postgres::available() {
        Ok(()) => true,
        Err(reason) => {
            println!("tests on PostgreSQL are left out: {reason}");
            false
        }
    }
}

fn trials(case: &Case, has_postgres: bool) -> Vec<Trial> {
    let name = case.name.split_once("::").map_or(case.name, |(_, name)| name);
    let on = |database: Database, test: Box<dyn FnOnce() + Send>| {
        let is_there = has_postgres || database == Database::Sqlite;
        let name = format!("{database}::{name}");
        Trial::ignorable_test(name, move || {
            if !is_there {
                return Ok(Completion::ignored_with("no PostgreSQL"));
            }
            caught(test).map(|()| Completion::Completed)
        })
    };
    let both = [Database::Sqlite, Database::Postgres];
    match case.run {
        Run::OnEach(run) => both
            .map(|database| {
                on(
                    database,
                    Box::new(move || block_on(async { run(App::new(database).await).await })),
                )
            })
            .into(),
        Run::OnEachHere(run) => {
            both.map(|database| on(database, Box::new(move || block_on(run(database))))).into()
        }
        Run::Alone(run) => vec![Trial::test(name, move || caught(run))],
    }
}

thread_local! {
    /// What the last panic of this thread said, and where.
    static PANIC: Cell<Option<String>> = const { Cell::new(None) };
}

/// Keeps the words of panics for the report at the end, where they stand together.
fn catch_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let words = info.payload_as_str().unwrap_or("a panic without words");
        PANIC.set(Some(format!("{place}\n{words}")));
    }));
}

fn caught(test: impl FnOnce()) -> Result<(), Failed> {
    panic::catch_unwind(AssertUnwindSafe(test)).map_err(|_| {
        PANIC.take().unwrap_or_else(|| "a task of the test panicked".to_owned()).into()
    })
}

fn has_seen_everything() -> bool {
    let (found, missing) = seen::account();
    println!("contract: {found} answers of openapi.yaml were seen, {} were not", missing.len());
    for pair in &missing {
        println!("  no test has seen {pair}");
    }
    missing.is_empty()
}
