//! The real program, serving.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use cardfile_storage::{Opened, Options};
use cardfile_vault::{RootKey, Vault};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    cli,
    client::{Client, Tcp},
};

/// How long a start may take on a machine that does much else.
const START_WITHIN: Duration = Duration::from_mins(1);

/// Where a server keeps what it has to keep: it outlives the server, so that another can follow.
pub struct Home {
    dir: TempDir,
    database_url: Option<String>,
    root_key: Option<PathBuf>,
}

impl Home {
    /// A home with a SQLite database inside.
    pub fn sqlite() -> Self {
        let dir = TempDir::with_prefix("cardfile-api-").expect("a directory can be made");
        Self { dir, database_url: None, root_key: None }
    }

    /// A home beside a PostgreSQL database, whose tables are brought up to date.
    pub fn postgres(url: &str) -> Self {
        let home = Self { database_url: Some(url.to_owned()), ..Self::sqlite() };
        let settings = home.settings();
        cli::ask(&pairs(&settings), &["migrate"]);
        home
    }

    /// Another home on the database of this one, for a second server.
    #[must_use]
    pub fn neighbour(&self) -> Self {
        let root_key = self.root_key.clone().unwrap_or_else(|| self.data().join("root.key"));
        let database_url = self.database_url.clone();
        assert!(database_url.is_some(), "a SQLite database has one server");
        Self { root_key: Some(root_key), database_url, ..Self::sqlite() }
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The file with the root key.
    pub fn root_key(&self) -> PathBuf {
        self.root_key.clone().unwrap_or_else(|| self.data().join("root.key"))
    }

    /// What the servers of this home logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// The environment of every command that works here.
    pub fn settings(&self) -> Vec<(String, String)> {
        let setting = |name: &str, value: String| (format!("CARDFILE_{name}"), value);
        let mut all = vec![setting("DATA_DIR", self.data().display().to_string())];
        all.extend(self.database_url.iter().map(|url| setting("DATABASE_URL", url.clone())));
        let key = self.root_key.iter().map(|path| path.display().to_string());
        all.extend(key.map(|path| setting("ROOT_KEY_FILE", path)));
        all
    }

    /// The URL of the database.
    pub fn database_url(&self) -> String {
        let file = || format!("sqlite://{}", self.data().join("cardfile.sqlite").display());
        self.database_url.clone().unwrap_or_else(file)
    }

    /// The database, opened beside the server.
    pub async fn open(&self) -> Opened {
        let opened = cardfile_storage::open(&self.database_url(), &Options::default()).await;
        opened.unwrap_or_else(|error| panic!("{error}: {error:?}"))
    }

    /// The vault that the server uses.
    pub fn vault(&self) -> Vault {
        let text = fs::read_to_string(self.root_key()).expect("the root key can be read");
        Vault::new(RootKey::from_file_text(&text).expect("it is a root key"))
    }

    /// Runs one of the program's commands here.
    pub fn ask(&self, arguments: &[&str]) -> Value {
        cli::ask(&pairs(&self.settings()), arguments)
    }
}

fn pairs(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// A server, which ends with its value.
pub struct Server {
    child: Child,
    guard: Guard,
    url: String,
}

impl Server {
    /// Starts a server and waits until it answers.
    pub fn start(home: &Home) -> Self {
        let path = home.dir.path().join("log");
        let log = File::options().create(true).append(true).open(path).expect("a log can be made");
        let mut command = cli::command();
        command
            .args(["serve", "--sandbox"])
            .envs(home.settings())
            .env("CARDFILE_LISTEN", "127.0.0.1:0");
        let mut child = command
            .env("CARDFILE_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program can be run");
        let guard = Guard::of(child.id());
        let (tell, told) = mpsc::channel();
        let stdout = child.stdout.take().expect("standard output is ours");
        // It is read to the end, so that the server never waits for us.
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(url) = line.strip_prefix("listening on ") {
                    let _ = tell.send(url.to_owned());
                }
            }
        });
        let url = told.recv_timeout(START_WITHIN);
        let url = url.unwrap_or_else(|_| panic!("the server does not start:\n{}", home.log()));
        Self { child, guard, url }
    }

    /// Somebody who calls this server, without credentials.
    pub fn caller(&self) -> Client {
        Client::new(Arc::new(Tcp(self.url.clone())))
    }

    /// The address that it listens on.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The most memory that it ever used, in bytes, where the system tells.
    pub fn peak_memory(&self) -> Option<u64> {
        if !cfg!(target_os = "linux") {
            eprintln!("not measured: only Linux tells how much memory a process used");
            return None;
        }
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("the server is running");
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = most.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
        kib.map(|kib: u64| kib * 1024).or_else(|| panic!("Linux tells it otherwise: {status}"))
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(mut self) -> ExitStatus {
        self.guard.release();
        let pid = self.child.id().to_string();
        Command::new("kill").arg(&pid).status().expect("a signal can be sent");
        self.child.wait().expect("it is our child")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.guard.release();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ends a server whose tests were killed: a shell that waits for the end of its input, which is
/// ours.
struct Guard(Option<(Child, ChildStdin)>);

impl Guard {
    fn of(pid: u32) -> Self {
        let script = format!("read -r word; [ \"$word\" = done ] || kill -9 {pid}");
        let mut shell = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a shell");
        let input = shell.stdin.take().expect("its input is ours");
        Self(Some((shell, input)))
    }

    fn release(&mut self) {
        if let Some((mut shell, mut input)) = self.0.take() {
            let _ = input.write_all(b"done\n");
            drop(input);
            let _ = shell.wait();
        }
    }
}

/// The credentials that a first start wrote.
pub fn bootstrap(data: &Path) -> Value {
    let text = fs::read_to_string(data.join("bootstrap.json")).expect("bootstrap.json is there");
    serde_json::from_str(&text).expect("bootstrap.json is JSON")
}
