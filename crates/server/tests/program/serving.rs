//! Serving, its limits, its figures, and how it ends.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    time::Duration,
};

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{CARD, Home, Server, begin, card_head, read_answer};

#[test]
fn requests_under_way_are_answered_and_kept_after_sigterm() {
    let home = Home::new();
    let server = home.serve();
    let token = server.token(&home.bootstrap());
    let mut request = begin(&server, &card_head(&token, CARD));
    server.signal(Signal::TERM);
    server.await_closed_door();
    request.write_all(CARD.as_bytes()).unwrap();
    let (status, body) = read_answer(&mut request);
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["success"], true, "{body}");
    let (ended, _, log) = server.wait();
    assert_eq!(ended.code(), Some(0), "{log}");

    let again = home.serve();
    let token = again.token(&home.bootstrap());
    let card = answer["paymentMethodId"].as_str().unwrap();
    assert_eq!(again.get_as(&token, &format!("/v1/payment-methods/{card}")).0, 200);
}

#[test]
fn sigint_ends_an_idle_server_and_its_idle_connections() {
    let home = Home::new();
    let server = home.serve();
    let mut idle = server.connect();
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).unwrap();
    server.signal(Signal::INT);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn a_server_that_logs_nothing_waits_for_a_signal_all_the_same() {
    let home = Home::new();
    let server = Server::start(&mut home.command(["serve", "--log", "off"]));
    for _ in 0..50 {
        assert_eq!(server.get("/health/live").0, 200);
    }
    assert_eq!(server.stop().0.code(), Some(0));
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let home = Home::new();
    let server = home.serve();
    let token = server.token(&home.bootstrap());
    let _stuck = begin(&server, &card_head(&token, CARD));
    server.signal(Signal::TERM);
    server.await_closed_door();
    server.signal(Signal::TERM);
    let (ended, _, said) = server.wait();
    assert_eq!(ended.code(), Some(1));
    assert!(said.contains("second signal"), "{said}");
}

#[test]
fn headers_beyond_the_limit_are_refused() {
    let home = Home::new();
    let server = home.serve();
    let request = |bytes: usize| {
        format!(
            "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: {}\r\n\r\n",
            "x".repeat(bytes)
        )
    };
    assert_eq!(server.send(&request(31 * 1024)).0, 200);
    let mut stream = server.connect();
    // The server may hang up before it has read everything.
    let _ = stream.write_all(request(33 * 1024).as_bytes());
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 431");
}

#[test]
fn connections_beyond_the_limit_wait_for_a_place() {
    let home = Home::new();
    let server = Server::start(&mut home.command(["serve", "--max-connections", "1"]));
    let ask = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut first = server.connect();
    first.write_all(ask).unwrap();
    let mut status = [0; 12];
    first.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");

    let mut second = server.connect();
    second.write_all(ask).unwrap();
    second.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let waited = second.read_exact(&mut status).unwrap_err().kind();
    assert!(matches!(waited, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waited}");
    drop(first);
    second.set_read_timeout(None).unwrap();
    second.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
}

#[test]
fn health_and_figures_are_there_for_operators() {
    let home = Home::new();
    let server = home.serve();
    assert_eq!(server.get("/health/live").0, 200);
    assert_eq!(server.get("/health/ready").0, 200);
    let (status, figures) = server.get("/metrics");
    assert_eq!(status, 200);
    for name in [
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
        "cardfile_uptime_seconds",
        "cardfile_lane_queue_depth",
        "cardfile_connections",
        "cardfile_build_info{",
    ] {
        assert!(figures.contains(&format!("\n{name}")), "{name}: {figures}");
    }
}

#[test]
fn nothing_of_a_request_is_logged_at_any_level() {
    let home = Home::new();
    let mut command = home.command(["serve", "--log", "trace"]);
    let server = Server::start(&mut command);
    let bootstrap = home.bootstrap();
    let token = server.token(&bootstrap);
    let card = CARD
        .replace("Visa", "AmericanExpress")
        .replace("4111111111111111", "378282246310005")
        .replace("\"111\"", "\"7391\"")
        .replace("Leo", "Leonore Marker");
    let mut request = begin(&server, &card_head(&token, &card));
    request.write_all(card.as_bytes()).unwrap();
    read_answer(&mut request);
    let (_, _, log) = server.stop();
    let secret = bootstrap["client_secret"].as_str().unwrap();
    for hidden in ["378282246310005", "7391\"", "Leonore", secret, &token, "Bearer"] {
        assert!(!log.contains(hidden), "{hidden}: {log}");
    }
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!lines.is_empty(), "{log}");
}
