//! Starts the program, talks to it, and looks at what it leaves behind.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
    thread::JoinHandle,
    time::SystemTime,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A place for a data directory that is not there yet.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    /// The program with this data directory and nothing of the tester's own settings; a server is a
    /// sandbox, since tests have test numbers.
    pub(crate) fn command<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.real_command(args);
        command.env("CARDFILE_SANDBOX", "1");
        command
    }

    /// The same where a server is for real cards.
    pub(crate) fn real_command<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = bare_command(args);
        command.env("CARDFILE_DATA_DIR", self.data()).current_dir(self.path());
        command
    }

    /// Runs a command that ends by itself.
    pub(crate) fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that answers with JSON.
    pub(crate) fn json<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Value {
        let output = self.run(args.into_iter().chain(["--json"]));
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) fn serve(&self) -> Server {
        Server::start(&mut self.command(["serve"]))
    }

    /// Serves once, so that everything is there.
    pub(crate) fn started() -> Self {
        let home = Self::new();
        assert!(home.serve().stop().0.success());
        home
    }

    pub(crate) fn bootstrap(&self) -> Value {
        serde_json::from_slice(&fs::read(self.file("bootstrap.json")).unwrap()).unwrap()
    }

    /// Contents and time of change of every file that a start must leave alone.
    pub(crate) fn kept(&self) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
        ["root.key", "bootstrap.json", "cardfile.toml"]
            .into_iter()
            .filter_map(|name| {
                let bytes = fs::read(self.file(name)).ok()?;
                let changed = fs::metadata(self.file(name)).unwrap().modified().unwrap();
                Some((name.to_owned(), (bytes, changed)))
            })
            .collect()
    }

    /// All files but those that SQLite keeps only while it is at work.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.data())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
            .collect();
        names.sort();
        names
    }
}

pub(crate) fn bare_command<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardfile"));
    command.args(args).env_clear().env("CARDFILE_LISTEN", "127.0.0.1:0").stdin(Stdio::null());
    command
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The one sentence with which a command that must fail says why.
#[track_caller]
pub(crate) fn complaint(output: &Output, code: i32) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    let lines: Vec<_> = said.lines().filter(|line| line.starts_with("cardfile: ")).collect();
    assert_eq!(lines.len(), 1, "{said}");
    lines[0].to_owned()
}

/// A server that was started and answers.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: Option<JoinHandle<String>>,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut said = String::new();
            stderr.read_to_string(&mut said).unwrap();
            said
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("listening on http://") else {
            panic!("it does not serve: {}", stderr.join().unwrap());
        };
        let address = address.parse().unwrap();
        Self { child, stdout, stderr: Some(stderr), address }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for its end: how it ended, what it printed after its address, what it logged.
    pub(crate) fn wait(mut self) -> (ExitStatus, String, String) {
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed).unwrap();
        let status = self.child.wait().unwrap();
        (status, printed, self.stderr.take().unwrap().join().unwrap())
    }

    pub(crate) fn stop(self) -> (ExitStatus, String, String) {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// The server no longer takes connections. The system refuses them from one moment on.
    pub(crate) fn await_closed_door(&self) {
        while TcpStream::connect(self.address).is_ok() {
            std::thread::yield_now();
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        self.get_from(path, "Host: localhost")
    }

    /// The same with other headers, among them the host.
    pub(crate) fn get_from(&self, path: &str, headers: &str) -> (u16, String) {
        self.send(&format!("GET {path} HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n"))
    }

    pub(crate) fn send(&self, request: &str) -> (u16, String) {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        read_answer(&mut stream)
    }

    pub(crate) fn token_answer(&self, client: &str, secret: &str) -> (u16, String) {
        let form =
            format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
        self.send(&format!(
            "POST /oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ))
    }

    pub(crate) fn token(&self, credentials: &Value) -> String {
        let member = |name: &str| credentials[name].as_str().unwrap().to_owned();
        let (status, body) = self.token_answer(&member("client_id"), &member("client_secret"));
        assert_eq!(status, 200, "{body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn get_as(&self, token: &str, path: &str) -> (u16, String) {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Zuora-Version: 2025-08-12\r\nAuthorization: Bearer {token}\r\n\r\n"
        ))
    }

    pub(crate) fn put_as(&self, token: &str, path: &str, body: &str) -> (u16, String) {
        let length = body.len();
        self.send(&format!(
            "PUT {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Zuora-Version: 2025-08-12\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only a test that failed leaves one running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads an answer after which the server closes the connection.
pub(crate) fn read_answer(stream: &mut TcpStream) -> (u16, String) {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// The head of a request that puts a card on file and waits to be asked for its body.
pub(crate) fn card_head(token: &str, body: &str) -> String {
    format!(
        "POST /v1/payment-methods/credit-cards HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
}

/// A card that does not expire before this machine's clock does.
pub(crate) const CARD: &str = r#"{"accountKey":"A-1","creditCardType":"Visa","creditCardNumber":"4111111111111111","expirationMonth":12,"expirationYear":2099,"securityCode":"111","cardHolderInfo":{"cardHolderName":"Leo"}}"#;

/// Sends a head and waits until a handler asks for the body: from then on the request is under way.
pub(crate) fn begin(server: &Server, head: &str) -> TcpStream {
    let mut stream = server.connect();
    stream.write_all(head.as_bytes()).unwrap();
    let asked = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut answer = vec![0; asked.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, asked, "{}", text(&answer));
    stream
}
