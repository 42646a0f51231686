//! The same program on PostgreSQL: a server of its own, made by the project's tool.

use std::{
    fs,
    process::{Command, Stdio},
    thread,
};

use tempfile::TempDir;

use crate::support::{CARD, Home, Server, begin, card_head, complaint, read_answer, text};

const TOOL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/tools/postgres");

/// A PostgreSQL that goes away with its test, however the test ends.
struct Postgres {
    home: TempDir,
    url: String,
}

impl Postgres {
    fn start() -> Self {
        let home = TempDir::with_prefix("cardfile-server-").unwrap();
        let mut url = tool("start", &home);
        url.truncate(url.trim_end().len());
        Self { home, url }
    }

    fn command<'a>(&self, home: &Home, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = home.command(args);
        command.env("CARDFILE_DATABASE_URL", &self.url);
        command
    }

    fn serve(&self, home: &Home) -> Server {
        Server::start(&mut self.command(home, ["serve"]))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        tool("stop", &self.home);
    }
}

fn tool(what: &str, home: &TempDir) -> String {
    let output = Command::new("python3")
        .args([TOOL, what])
        .arg(home.path().join("cluster"))
        .args(["--owner", &std::process::id().to_string()])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    text(&output.stdout)
}

#[test]
fn postgresql_asks_for_migration_and_then_one_of_two_servers_sets_it_up() {
    let postgres = Postgres::start();
    let homes = [Home::new(), Home::new()];
    let mut command = postgres.command(&homes[0], ["serve"]);
    let refused = command.env_remove("CARDFILE_SANDBOX").output().unwrap();
    let said = complaint(&refused, 4);
    assert!(said.contains("cardfile migrate"), "{said}");
    assert_eq!(homes[0].names(), ["lock"]);

    for _ in 0..2 {
        let output = postgres.command(&homes[0], ["migrate", "--json"]).output().unwrap();
        assert_eq!(text(&output.stdout), "{\"database\":\"postgres\",\"schema\":\"current\"}\n");
    }

    let (winner, loser) = race(&postgres, &homes);
    let server = postgres.serve(winner);
    let token = server.token(&winner.bootstrap());
    let mut request = begin(&server, &card_head(&token, CARD));
    std::io::Write::write_all(&mut request, CARD.as_bytes()).unwrap();
    let (status, body) = read_answer(&mut request);
    assert!(status == 200 && body.contains("\"success\":true"), "{body}");

    // Without the root key the other one may not serve; with a copy of it, it may.
    let said = complaint(&postgres.command(loser, ["serve"]).output().unwrap(), 3);
    assert!(said.contains("root.key"), "{said}");
    fs::copy(winner.file("root.key"), loser.file("root.key")).unwrap();
    let second = postgres.serve(loser);
    second.token(&winner.bootstrap());
    assert!(!loser.file("bootstrap.json").exists());
    assert!(second.stop().0.success());
    assert!(server.stop().0.success());
}

/// Starts both at once and stops them again; says which of them set the database up.
fn race<'h>(postgres: &Postgres, homes: &'h [Home; 2]) -> (&'h Home, &'h Home) {
    thread::scope(|scope| {
        for home in homes {
            scope.spawn(|| {
                let mut command = postgres.command(home, ["serve"]);
                let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
                let child = child.as_mut().unwrap();
                // Whoever answers prints; whoever gives up ends. Either way this returns.
                let mut first = [0];
                let mut stdout = child.stdout.take().unwrap();
                let printed = std::io::Read::read(&mut stdout, &mut first).unwrap();
                if printed == 0 {
                    assert_eq!(child.wait().unwrap().code(), Some(3));
                } else {
                    child.kill().unwrap();
                    child.wait().unwrap();
                }
            });
        }
    });
    let set_up = homes.each_ref().map(|home| home.file("bootstrap.json").exists());
    let have_key = homes.each_ref().map(|home| home.file("root.key").exists());
    assert_eq!(set_up, have_key);
    match set_up {
        [true, false] => (&homes[0], &homes[1]),
        [false, true] => (&homes[1], &homes[0]),
        both => panic!("set up by {both:?}"),
    }
}
