//! Flags, environment, file, defaults, and how they are explained.

use std::{fs, process::Output};

use cardfile_server::cli::Cli;
use clap::{Command, CommandFactory as _};

use crate::support::{Home, Server, bare_command, complaint, text};

/// Tells which root key file a command looked for.
fn looked_for(output: &Output) -> String {
    complaint(output, 3)
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
    let home = Home::started();
    fs::rename(home.file("root.key"), home.path().join("away")).unwrap();
    let status = ["keys", "status"];
    assert!(looked_for(&home.run(status)).contains("data/root.key"));
    fs::write(home.file("cardfile.toml"), "root_key_file = \"/from-file\"\n").unwrap();
    assert!(looked_for(&home.run(status)).contains("\"/from-file\""));
    let mut command = home.command(status);
    command.env("CARDFILE_ROOT_KEY_FILE", "/from-environment");
    assert!(looked_for(&command.output().unwrap()).contains("\"/from-environment\""));
    command.args(["--root-key-file", "/from-flag"]);
    assert!(looked_for(&command.output().unwrap()).contains("\"/from-flag\""));
}

#[test]
fn a_named_file_takes_the_place_of_the_one_in_the_data_directory() {
    let home = Home::started();
    let named = home.path().join("named.toml");
    fs::write(home.file("cardfile.toml"), "nonsense = 1\n").unwrap();
    fs::write(&named, "root_key_file = \"/from-named\"\n").unwrap();
    let mut command = home.command(["keys", "status"]);
    command.env("CARDFILE_CONFIG", &named);
    assert!(looked_for(&command.output().unwrap()).contains("\"/from-named\""));
}

#[test]
fn everything_may_stand_in_one_file() {
    let home = Home::new();
    let file = home.path().join("all.toml");
    let key = home.path().join("k");
    let settings = format!(
        "data_dir = {:?}\nlisten = \"127.0.0.1:0\"\nroot_key_file = {key:?}\nlanes = 2\n\
         database_url = \"sqlite://{}\"\nmax_connections = 8\nlog = \"warn\"\n\
         log_format = \"human\"\n",
        home.data(),
        home.path().join("cards.sqlite").display()
    );
    fs::write(&file, settings).unwrap();
    let mut command = bare_command(["serve", "--config", file.to_str().unwrap()]);
    command.env_remove("CARDFILE_LISTEN");
    assert!(Server::start(&mut command).stop().0.success());
    assert!(key.exists() && home.path().join("cards.sqlite").exists());
    assert!(!home.file("cardfile.sqlite").exists());
}

#[test]
fn an_unknown_key_is_refused_with_its_name_and_the_file() {
    let home = Home::new();
    let file = home.path().join("typo.toml");
    fs::write(&file, "lanez = 1\n").unwrap();
    let output = home.run(["serve", "--config", file.to_str().unwrap()]);
    let said = complaint(&output, 2);
    assert!(said.contains("lanez") && said.contains("typo.toml"), "{said}");
    assert!(!home.data().exists());
}

#[test]
fn wrong_settings_are_refused_before_anything_is_made() {
    let home = Home::new();
    for (name, value) in [
        ("CARDFILE_LISTEN", "localhost"),
        ("CARDFILE_LANES", "0"),
        ("CARDFILE_MAX_CONNECTIONS", "-1"),
        ("CARDFILE_DATABASE_URL", "mysql://db/x"),
        ("CARDFILE_LOG", "x=loud"),
        ("CARDFILE_LOG_FORMAT", "xml"),
        ("CARDFILE_CONFIG", "/nowhere/x.toml"),
    ] {
        let output = home.command(["serve"]).env(name, value).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty());
        assert!(!home.data().exists(), "{name}");
    }
}

#[test]
fn a_password_in_a_url_is_never_repeated() {
    let home = Home::new();
    for url in ["postgres://me:hunter2@127.0.0.1:1/cards", "mysql://me:hunter2@db/cards"] {
        for args in [&["serve"][..], &["migrate"], &["serve", "--help"]] {
            let mut command = home.command(args.iter().copied());
            let output =
                command.env("CARDFILE_DATABASE_URL", url).env("CARDFILE_LOG", "trace").output();
            let output = output.unwrap();
            let said = text(&output.stderr) + &text(&output.stdout);
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}

#[test]
fn help_mentions_every_command_and_explains_each() {
    let output = bare_command(["--help"]).output().unwrap();
    assert!(output.status.success());
    let manual = text(&output.stdout);
    for command in Cli::command().get_subcommands() {
        assert!(manual.contains(&format!("  {}", command.get_name())), "{}", command.get_name());
        explained(command, &[]);
    }
    for setting in ["--data-dir", "CARDFILE_DATA_DIR", "cardfile.toml", "Exit codes"] {
        assert!(manual.contains(setting), "{setting}");
    }
}

fn explained(command: &Command, above: &[&str]) {
    let path: Vec<_> = above.iter().copied().chain([command.get_name()]).collect();
    let output = bare_command(path.iter().copied().chain(["--help"])).output().unwrap();
    let help = text(&output.stdout);
    assert!(output.status.success() && help.contains("Usage: cardfile"), "{path:?}: {help}");
    assert!(command.get_long_about().is_some(), "{path:?} has no paragraph");
    assert!(help.contains("Examples:\n"), "{path:?} has no examples");
    for below in command.get_subcommands() {
        assert!(help.contains(&format!("  {}", below.get_name())), "{path:?}");
        explained(below, &path);
    }
}
