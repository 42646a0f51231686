//! The first start makes everything, the second changes nothing.

use std::{fs, process::Command};

use crate::support::{Home, Server, mode, text};

#[test]
fn the_first_start_makes_everything_for_its_owner_alone() {
    let home = Home::new();
    let (status, _, said) = home.serve().stop();
    assert!(status.success());
    assert_eq!(mode(&home.data()), 0o700);
    for name in home.names() {
        assert_eq!(mode(&home.file(&name)), 0o600, "{name}");
    }
    for name in ["bootstrap.json", "cardfile.sqlite", "lock", "root.key"] {
        assert!(home.names().iter().any(|found| found == name), "{name}");
    }
    assert!(said.contains("BACK IT UP"), "{said}");
    assert!(said.contains(&home.file("root.key").display().to_string()), "{said}");
}

#[test]
fn the_credentials_of_the_first_start_are_as_the_official_client_wants_them() {
    let home = Home::new();
    let server = home.serve();
    let bootstrap = home.bootstrap();
    let names: Vec<_> = bootstrap.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        names,
        ["base_url", "entity_id", "client_id", "client_secret", "publishable_key", "api_key"]
    );
    assert_eq!(bootstrap["base_url"], format!("http://{}", server.address));
    assert_eq!(bootstrap["client_id"].as_str().unwrap().len(), 36);
    assert!(bootstrap["client_secret"].as_str().unwrap().len() <= 42);
    server.token(&bootstrap);
    let clients = home.json(["client", "list"]);
    let rights = &clients["clients"][0]["rights"];
    assert_eq!(rights.to_string(), r#"["read","write","scrub","bulk","admin"]"#);
    assert_eq!(home.json(["entity", "list"])["entities"][0]["name"], "Main");
    assert!(server.stop().0.success());
}

#[test]
fn the_second_start_finds_everything_and_changes_nothing() {
    let home = Home::new();
    let first = home.serve();
    let first_address = first.address;
    let (_, first_hints, _) = first.stop();
    let (kept, names) = (home.kept(), home.names());
    let entities = home.json(["entity", "list"]);
    let clients = home.json(["client", "list"]);

    let second = home.serve();
    let second_address = second.address;
    second.token(&home.bootstrap());
    let (status, second_hints, said) = second.stop();
    assert!(status.success());
    assert_eq!(home.kept(), kept);
    assert_eq!(home.names(), names);
    assert_eq!(home.json(["entity", "list"]), entities);
    assert_eq!(home.json(["client", "list"]), clients);
    assert!(!said.contains("BACK IT UP"), "{said}");
    let moved = first_hints.replace(&first_address.to_string(), &second_address.to_string());
    assert_eq!(second_hints, moved);
}

#[test]
fn the_printed_commands_work_as_they_are() {
    let home = Home::new();
    let server = home.serve();
    // The server prints before it is asked to stop; another start with the same answer is simplest.
    let (_, hints, _) = server.stop();
    let again = home.serve();
    let base = home.bootstrap()["base_url"].as_str().unwrap().to_owned();
    let hints = hints.replace(&base, &format!("http://{}", again.address));
    let script: Vec<_> = hints.lines().filter(|line| line.contains("curl")).collect();
    assert_eq!(script.len(), 3, "{hints}");
    // Twice: a newcomer presses the up key.
    for _ in 0..2 {
        let output =
            Command::new("sh").arg("-c").arg(script.join("\n")).current_dir("/").output().unwrap();
        let answer = text(&output.stdout);
        let lines: Vec<_> = answer.lines().collect();
        assert!(lines[0].len() > "token: ".len() + 20, "{answer} {}", text(&output.stderr));
        assert_eq!(lines[1].len(), "card: ".len() + 32, "{answer}");
        assert!(answer.contains("\"success\":true"), "{answer}");
    }
}

#[test]
fn the_secret_is_printed_nowhere() {
    let home = Home::new();
    let (_, printed, said) = home.serve().stop();
    let bootstrap = home.bootstrap();
    let secret = bootstrap["client_secret"].as_str().unwrap();
    assert!(!printed.contains(secret) && !said.contains(secret));
}

#[test]
fn a_start_that_was_cut_short_is_finished_by_the_next() {
    let home = Home::started();
    let bootstrap = home.bootstrap();
    // As if the power had failed after the file was written and before the database was.
    for name in home.names() {
        if name.starts_with("cardfile.sqlite") {
            fs::remove_file(home.file(&name)).unwrap();
        }
    }
    let server = home.serve();
    assert_eq!(home.bootstrap(), bootstrap);
    server.token(&bootstrap);
}

#[test]
fn credentials_that_were_taken_away_are_not_made_again() {
    let home = Home::started();
    fs::remove_file(home.file("bootstrap.json")).unwrap();
    let clients = home.json(["client", "list"]);
    let (status, printed, _) = home.serve().stop();
    assert!(status.success());
    assert!(!home.file("bootstrap.json").exists());
    assert_eq!(home.json(["client", "list"]), clients);
    assert!(printed.contains("cardfile client create"), "{printed}");
}

#[test]
fn a_path_may_hold_what_paths_hold() {
    let home = Home::new();
    let odd = home.path().join("it's 100% #1 ?");
    let mut command = home.command(["serve"]);
    command.env("CARDFILE_DATA_DIR", &odd);
    assert!(Server::start(&mut command).stop().0.success());
    assert!(odd.join("cardfile.sqlite").exists());
}

#[test]
fn a_root_key_that_lies_elsewhere_is_made_there() {
    let home = Home::new();
    let key = home.path().join("elsewhere.key");
    let mut command = home.command(["serve"]);
    command.env("CARDFILE_ROOT_KEY_FILE", &key);
    assert!(Server::start(&mut command).stop().0.success());
    assert_eq!(mode(&key), 0o600);
    assert!(!home.file("root.key").exists());
}
