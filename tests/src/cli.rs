//! The program's commands, and how the program is found.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{self, Command, Output, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

/// The root of the checkout.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A variable of the environment that is not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the one place where the tests are configured")]
    let value = std::env::var(name).ok();
    value.filter(|value| !value.is_empty())
}

/// The program under test: the one that `CARDFILE_BIN` names, or else the one of this checkout,
/// which is built if it is not up to date.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| variable("CARDFILE_BIN").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let cargo = variable("CARGO").unwrap_or_else(|| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.current_dir(root()).args(["build", "--quiet", "--bin", "cardfile"]);
    command.arg("--message-format=json-render-diagnostics");
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let built = command.stderr(Stdio::inherit()).output().expect("cargo can be run");
    assert!(built.status.success(), "the program cannot be built");
    let lines = String::from_utf8_lossy(&built.stdout).into_owned();
    let messages = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let path = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    set_aside(&path.into_iter().next_back().expect("cargo says where the program is"))
}

/// A copy that stays what it is while the tests run, whoever builds again meanwhile.
fn set_aside(program: &Path) -> PathBuf {
    let tested = program.with_extension("tested");
    let fresh = program.with_extension(process::id().to_string());
    fs::copy(program, &fresh).expect("the program can be copied");
    fs::rename(&fresh, &tested).expect("the copy can be named");
    tested
}

/// The program with nothing of its environment that would configure it.
pub fn command() -> Command {
    let mut command = Command::new(program());
    let names = std::env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| name.to_string_lossy().starts_with("CARDFILE_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn run(settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = command();
    command.args(arguments).envs(settings.iter().copied());
    command.output().expect("the program can be run")
}

/// Runs a command that answers with JSON.
pub fn ask(settings: &[(&str, &str)], arguments: &[&str]) -> Value {
    let output = run(settings, &[arguments, &["--json"]].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|bad| panic!("{arguments:?} answered no JSON: {bad}\n{error}"))
}
