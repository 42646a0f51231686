//! Every way in which a start can go wrong: one sentence, an exit code, nothing damaged.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _, process::Command};

use crate::support::{Home, complaint, mode, text};

#[test]
fn a_second_server_is_kept_out_of_a_data_directory_in_use() {
    let home = Home::new();
    let server = home.serve();
    let kept = home.kept();
    let said = complaint(&home.run(["serve"]), 3);
    assert!(said.contains(&home.data().display().to_string()), "{said}");
    assert!(said.contains("in use by another"), "{said}");
    assert_eq!(home.kept(), kept);
    assert_eq!(server.get("/health/ready").0, 200);
}

#[test]
fn a_server_that_was_killed_leaves_no_lock() {
    let home = Home::new();
    drop(home.serve());
    assert!(home.serve().stop().0.success());
}

#[test]
fn a_lost_root_key_is_never_replaced() {
    let home = Home::started();
    let away = home.path().join("away");
    fs::rename(home.file("root.key"), &away).unwrap();
    let database = fs::read(home.file("cardfile.sqlite")).unwrap();
    let names = home.names();
    for args in [&["serve"][..], &["keys", "status"], &["entity", "create", "--name", "x"]] {
        let said = complaint(&home.run(args.iter().copied()), 3);
        assert!(said.contains("root.key") && said.contains("restore it"), "{said}");
        assert!(!home.file("root.key").exists());
    }
    assert_eq!(home.names(), names);
    assert_eq!(fs::read(home.file("cardfile.sqlite")).unwrap(), database);
    fs::rename(&away, home.file("root.key")).unwrap();
    home.serve().token(&home.bootstrap());
}

#[test]
fn another_installations_root_key_is_refused() {
    let home = Home::started();
    let other = Home::started();
    let own = fs::read(home.file("root.key")).unwrap();
    fs::write(home.file("root.key"), fs::read(other.file("root.key")).unwrap()).unwrap();
    let entities = home.json(["entity", "list"]);
    for args in [
        &["serve"][..],
        &["keys", "status"],
        &["entity", "create", "--name", "x"],
        &["client", "create", "--name", "x", "--entity", &first_entity(&home), "--right", "read"],
    ] {
        let said = complaint(&home.run(args.iter().copied()), 3);
        assert!(said.contains("not the one that the database was made with"), "{said}");
    }
    assert_eq!(home.json(["entity", "list"]), entities);
    fs::write(home.file("root.key"), own).unwrap();
    home.serve().token(&home.bootstrap());
}

fn first_entity(home: &Home) -> String {
    home.bootstrap()["entity_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_damaged_root_key_is_refused_and_not_quoted() {
    let home = Home::started();
    let own = text(&fs::read(home.file("root.key")).unwrap());
    let cut = &own[..own.len() - 3];
    fs::write(home.file("root.key"), cut).unwrap();
    let said = complaint(&home.run(["serve"]), 3);
    assert!(said.contains("damaged") && !said.contains(&cut[30..]), "{said}");
    assert_eq!(fs::read(home.file("root.key")).unwrap(), cut.as_bytes());
}

#[test]
fn a_root_key_that_everybody_can_read_is_refused() {
    let home = Home::started();
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(home.file("root.key"), open).unwrap();
    let said = complaint(&home.run(["serve"]), 3);
    assert!(said.contains("chmod 600"), "{said}");
    assert_eq!(mode(&home.file("root.key")), 0o644);
}

#[test]
fn a_file_in_the_place_of_the_data_directory_is_left_alone() {
    let home = Home::new();
    fs::write(home.data(), "mine").unwrap();
    complaint(&home.run(["serve"]), 3);
    assert_eq!(fs::read(home.data()).unwrap(), b"mine");
}

#[test]
fn commands_make_no_database() {
    let home = Home::new();
    for args in [&["entity", "list"][..], &["client", "list"], &["keys", "status"], &["migrate"]] {
        let said = complaint(&home.run(args.iter().copied()), 3);
        assert!(said.contains("cardfile serve"), "{said}");
        assert!(!home.data().exists());
    }
}

#[test]
fn a_database_that_does_not_answer_is_named_and_nothing_is_made_for_it() {
    let home = Home::new();
    // A port on which nobody listens: it was free a moment ago and is not given out again soon.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://me:hunter2@127.0.0.1:{port}/cards");
    for args in [&["serve"][..], &["migrate"], &["entity", "list"]] {
        let mut command = home.real_command(args.iter().copied());
        let output = command.env("CARDFILE_DATABASE_URL", &url).output().unwrap();
        let said = complaint(&output, 4);
        assert!(said.contains(&format!("postgres://127.0.0.1:{port}/cards")), "{said}");
    }
    assert_eq!(home.names(), ["lock"]);
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let home = Home::started();
    let junk = "not a database ".repeat(1000);
    fs::write(home.file("cardfile.sqlite"), &junk).unwrap();
    for name in ["cardfile.sqlite-wal", "cardfile.sqlite-shm"] {
        let _ = fs::remove_file(home.file(name));
    }
    let said = complaint(&home.run(["serve"]), 4);
    assert!(said.contains("cardfile.sqlite"), "{said}");
    assert_eq!(fs::read(home.file("cardfile.sqlite")).unwrap(), junk.as_bytes());
}

#[test]
fn a_later_versions_database_is_refused() {
    let home = Home::started();
    let script = "import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    database.execute('''INSERT INTO _sqlx_migrations
        SELECT 9999, 'later', installed_on, TRUE, checksum, execution_time
        FROM _sqlx_migrations LIMIT 1''')";
    let done = Command::new("python3")
        .args(["-c", script])
        .arg(home.file("cardfile.sqlite"))
        .status()
        .unwrap();
    assert!(done.success());
    for args in [&["serve"][..], &["migrate"], &["client", "list"]] {
        let said = complaint(&home.run(args.iter().copied()), 4);
        assert!(said.contains("later version"), "{said}");
    }
}

#[test]
fn an_address_that_is_taken_is_named() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = complaint(&home.real_command(["serve", "--listen", &address]).output().unwrap(), 1);
    assert!(said.contains(&address) && said.contains("--listen"), "{said}");
    assert_eq!(home.names(), ["lock"]);
}

#[test]
fn an_unreadable_bootstrap_file_is_not_quoted_or_replaced() {
    let home = Home::started();
    fs::write(home.file("bootstrap.json"), "{\"client_secret\": \"hunter2").unwrap();
    let said = complaint(&home.run(["serve"]), 3);
    assert!(said.contains("bootstrap.json") && !said.contains("hunter2"), "{said}");
    assert_eq!(fs::read(home.file("bootstrap.json")).unwrap(), b"{\"client_secret\": \"hunter2");
}
