//! `cardfile import`, against a server that is running.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::support::{Home, Server, complaint, mode, text};

pub(crate) const NUMBER: &str = "4111111111111111";

/// A new card in an account of its own.
pub(crate) fn line(number: usize) -> String {
    json!({
        "accountKey": format!("A-{number}"),
        "creditCardType": "Visa",
        "creditCardNumber": NUMBER,
        "expirationMonth": 12,
        "expirationYear": 2099,
        "cardHolderInfo": {"cardHolderName": "Leo"},
        "securityCode": "737",
    })
    .to_string()
}

fn bad_line() -> String {
    line(0).replace("\"Visa\"", "\"Papyrus\"")
}

pub(crate) fn write(home: &Home, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = home.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn import(home: &Home, server: &Server, args: &[&str]) -> Command {
    let url = format!("http://{}", server.address);
    home.command(["import", "--url", &url].into_iter().chain(args.iter().copied()))
}

#[track_caller]
fn sum(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

fn counts(sum: &Value) -> [u64; 5] {
    ["lines", "created", "unchanged", "refused", "replayed"].map(|name| sum[name].as_u64().unwrap())
}

#[test]
fn good_lines_are_done_and_bad_ones_are_told_by_number_and_code() {
    let home = Home::new();
    let server = home.serve();
    write(&home, "cards.ndjson", [line(1), "{".to_owned(), bad_line(), line(2)].join("\n"));
    let args = ["cards.ndjson", "--failures", "failures.csv", "--json"];
    let output = import(&home, &server, &args).output().unwrap();
    let said = complaint(&output, 5);
    assert!(said.contains("2 lines") && said.contains("failures.csv"), "{said}");
    assert_eq!(counts(&sum(&output)), [4, 2, 0, 2, 0]);
    let failures = fs::read_to_string(home.path().join("failures.csv")).unwrap();
    let rows: Vec<_> = failures.lines().collect();
    assert_eq!((rows.len(), rows[0]), (3, "line,code,message"));
    assert!(rows[1].starts_with("2,") && rows[2].starts_with("3,"), "{failures}");
    assert_eq!(mode(&home.path().join("failures.csv")), 0o600);
    assert!(!home.path().join("cards.ndjson.progress").exists());
    let (_, _, logged) = server.stop();
    for said in [failures, text(&output.stderr), text(&output.stdout), logged] {
        for secret in [NUMBER, "737", "Papyrus"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

#[test]
fn a_file_is_sent_in_each_form_and_again_without_a_second_effect() {
    let home = Home::new();
    let server = home.serve();
    let lines = format!("{}\n{}\n", line(1), line(2));
    write(&home, "cards.jsonl.gz", packed(&lines));
    for replayed in [0, 2] {
        let args = ["cards.jsonl.gz", "--json", "--quiet"];
        let output = import(&home, &server, &args).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
        assert_eq!(counts(&sum(&output)), [2, 2, 0, 0, replayed]);
    }
    let head =
        "accountKey,creditCardType,creditCardNumber,expirationMonth,expirationYear,cardHolderName";
    let table = format!("{head}\nB-1,Visa,{NUMBER},12,2099,\"Leo\nthe Lion\"\n");
    let table = table.replace('\n', "\r\n").replace("Leo\r\nthe", "Leo the");
    write(&home, "cards.csv", &table);
    let output = import(&home, &server, &["cards.csv", "--json"]).output().unwrap();
    assert_eq!(counts(&sum(&output)), [1, 1, 0, 0, 0]);
    let mut child = import(&home, &server, &["-", "--format", "csv", "--dry-run"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(table.as_bytes()).unwrap();
    let said = text(&child.wait_with_output().unwrap().stdout);
    assert!(said.contains("1 lines: 1 created") && said.contains("tried only"), "{said}");
}

#[test]
fn an_import_that_was_cut_off_goes_on_where_it_was() {
    let home = Home::new();
    let server = home.serve();
    let whole = packed(&[line(1), bad_line(), line(3), line(4)].join("\n"));
    let file = write(&home, "cards.ndjson.gz", &whole);
    let stand_in = stand_in_that_breaks_off_after(&[(1, "created"), (2, "refused")]);
    let output = home.run(["import", "cards.ndjson.gz", "--url", &stand_in]);
    let said = complaint(&output, 1);
    assert!(said.contains("connection"), "{said}");
    let note = home.path().join("cards.ndjson.gz.progress");
    assert_eq!(mode(&note), 0o600);

    let output = import(&home, &server, &["cards.ndjson.gz", "--json"]).output().unwrap();
    complaint(&output, 5);
    assert!(text(&output.stderr).contains("going on with line 3"), "{}", text(&output.stderr));
    assert_eq!(counts(&sum(&output)), [4, 3, 0, 1, 0]);
    assert!(file.exists() && !note.exists());
}

/// Something that answers like a server until the connection breaks.
fn stand_in_that_breaks_off_after(receipts: &[(u64, &str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let receipt = |(line, result)| {
        let reasons = if result == "refused" { r#"{"code":52500021,"message":"No."}"# } else { "" };
        format!("{{\"line\":{line},\"id\":null,\"result\":\"{result}\",\"reasons\":[{reasons}]}}\n")
    };
    let body: String = receipts.iter().map(|(line, result)| receipt((*line, *result))).collect();
    std::thread::spawn(move || {
        let token = r#"{"access_token":"t"}"#;
        let length = token.len();
        let answers = [
            format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{token}"
            ),
            format!("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{body}"),
        ];
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut sent = Vec::new();
            // The end of the form, and of a body in chunks.
            while !sent.windows(5).any(|end| end == b"0\r\n\r\n" || end == b"grant") {
                let mut piece = [0; 4096];
                let read = stream.read(&mut piece).unwrap();
                sent.extend_from_slice(&piece[..read]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn a_file_that_breaks_off_is_sent_on_from_there_once_it_is_mended() {
    let home = Home::new();
    let server = home.serve();
    let whole = packed(&[line(1), line(2), line(3)].join("\n"));
    let file = write(&home, "cards.ndjson.gz", &whole[..whole.len() - 12]);
    let said = complaint(&import(&home, &server, &["cards.ndjson.gz"]).output().unwrap(), 1);
    assert!(said.contains("ended at line"), "{said}");
    fs::write(file, whole).unwrap();
    let said = complaint(&import(&home, &server, &["cards.ndjson.gz"]).output().unwrap(), 2);
    assert!(said.contains("--resume-from"), "{said}");
    let args = ["cards.ndjson.gz", "--json", "--resume-from", "3"];
    let output = import(&home, &server, &args).output().unwrap();
    assert_eq!(counts(&sum(&output)), [1, 1, 0, 0, 0]);
}

#[test]
fn a_note_is_followed_and_then_removed() {
    let home = Home::new();
    let server = home.serve();
    let lines: Vec<_> = (1..=4).map(line).collect();
    let file = write(&home, "cards.ndjson", lines.join("\n"));
    let bytes = fs::metadata(file).unwrap().len();
    let note = write(
        &home,
        "cards.ndjson.progress",
        json!({"line": 3, "file_bytes": bytes, "tally": {
            "lines": 3, "created": 2, "updated": 0, "unchanged": 0, "refused": 1}})
        .to_string(),
    );
    let output = import(&home, &server, &["cards.ndjson", "--json"]).output().unwrap();
    complaint(&output, 5);
    assert!(text(&output.stderr).contains("going on with line 4"), "{}", text(&output.stderr));
    assert_eq!(counts(&sum(&output)), [4, 3, 0, 1, 0]);
    assert!(!note.exists());
}

#[test]
fn what_stands_in_the_way_is_said_in_a_sentence() {
    let home = Home::new();
    let server = home.serve();
    write(&home, "cards.ndjson", line(1));
    let said = complaint(&import(&home, &server, &["absent.csv"]).output().unwrap(), 2);
    assert!(said.contains("absent.csv"), "{said}");
    let said = complaint(&import(&home, &server, &["cards"]).output().unwrap(), 2);
    assert!(said.contains("--format"), "{said}");
    let wrong = import(&home, &server, &["cards.ndjson"])
        .env("CARDFILE_CLIENT_SECRET", "hunter2")
        .output()
        .unwrap();
    let said = complaint(&wrong, 2);
    assert!(said.contains("secret") && !said.contains("hunter2"), "{said}");
    let entity = home.json(["entity", "list"])["entities"][0]["entity_id"].clone();
    let reader = ["client", "create", "--name", "r", "--right", "read", "--entity"];
    let reader = home.json(reader.into_iter().chain([entity.as_str().unwrap()]));
    let id = reader["client_id"].as_str().unwrap();
    let no_right = import(&home, &server, &["cards.ndjson", "--client-id", id])
        .env("CARDFILE_CLIENT_SECRET", reader["client_secret"].as_str().unwrap())
        .output()
        .unwrap();
    assert!(complaint(&no_right, 2).contains("403"));
    write(&home, "broken.ndjson.gz", b"no gzip at all");
    let said = complaint(&import(&home, &server, &["broken.ndjson.gz"]).output().unwrap(), 1);
    assert!(said.contains("line 1"), "{said}");
    let unreachable = ["import", "cards.ndjson", "--url", "http://127.0.0.1:9"];
    let said = complaint(&home.run(unreachable), 1);
    assert!(said.contains("cannot be reached"), "{said}");
}
