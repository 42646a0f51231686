//! The PostgreSQL of a test run.

use std::{
    process::{self, Command},
    sync::{Mutex, PoisonError},
};

use tempfile::TempDir;

use crate::cli::root;

/// A cluster of our own; `tests/tools/postgres` removes it when this process is gone.
struct Cluster {
    dir: TempDir,
    url: String,
}

static CLUSTER: Mutex<Option<Cluster>> = Mutex::new(None);

fn tool(arguments: &[&str]) -> Result<String, String> {
    let tool = root().join("tests/tools/postgres");
    let output = Command::new(tool).args(arguments).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// Whether a PostgreSQL can be had here, or why not.
pub fn available() -> Result<(), String> {
    tool(&["bindir"]).map(drop)
}

/// The URL of the cluster, which is started the first time.
pub fn url() -> String {
    let mut cluster = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    if cluster.is_none() {
        let dir = TempDir::with_prefix("cardfile-api-").expect("a directory can be made");
        let path = dir.path().join("pg").display().to_string();
        // The server's own user must be able to pass.
        open_to_all(dir.path());
        let owner = process::id().to_string();
        let url = tool(&["start", &path, "--owner", &owner]);
        let url = url.unwrap_or_else(|error| panic!("no PostgreSQL: {error}"));
        *cluster = Some(Cluster { dir, url });
    }
    cluster.as_ref().map(|cluster| cluster.url.clone()).unwrap_or_default()
}

/// The URL of a new database without tables, which goes with the cluster.
pub fn new_database() -> String {
    let server = url();
    let name = format!("apart_{}", crate::unique());
    let psql = tool(&["bindir"]).map(|bindir| std::path::Path::new(&bindir).join("psql"));
    let made = Command::new(psql.unwrap_or_else(|error| panic!("no PostgreSQL: {error}")))
        .args(["--no-psqlrc", "--quiet", "--command"])
        .args([&format!("CREATE DATABASE {name}"), &server])
        .status();
    assert!(made.is_ok_and(|status| status.success()), "no database {name} could be made");
    let (place, _) = server.rsplit_once('/').expect("the URL names a database");
    format!("{place}/{name}")
}

fn open_to_all(path: &std::path::Path) {
    use std::{fs, os::unix::fs::PermissionsExt as _};
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
}

/// Stops the cluster, if there is one.
pub(crate) fn stop() {
    let cluster = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(Cluster { dir, .. }) = cluster {
        let path = dir.path().join("pg").display().to_string();
        if let Err(error) = tool(&["stop", &path]) {
            eprintln!("PostgreSQL was not stopped: {error}");
        }
    }
}
