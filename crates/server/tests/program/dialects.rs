//! The dialect that may be open, and the keys of applications.

use serde_json::Value;

use crate::support::{Home, Server, complaint};

#[test]
fn a_dialect_is_open_on_a_loopback_address_only_and_says_so() {
    let home = Home::started();
    let entity = home.bootstrap()["entity_id"].as_str().unwrap().to_owned();
    let open = ["serve", "--stripe-back-open", &entity];
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let output = home.run(open.into_iter().chain(["--listen", address]));
        let said = complaint(&output, 2);
        assert!(said.contains("--stripe-back-open"), "{said}");
    }
    let server = Server::start(&mut home.command(open));
    let (status, body) = server.get("/api/customers");
    assert_eq!(status, 200, "{body}");
    assert_eq!(server.get("/v1/accounts/A-1").0, 401, "nothing else is open");
    for page in ["Host: example.com", "Host: localhost\r\nOrigin: https://example.com"] {
        assert_eq!(server.get_from("/api/customers", page).0, 401, "{page}");
    }
    let (ended, _, log) = server.stop();
    assert!(ended.success());
    assert!(log.contains("/api IS OPEN"), "{log}");

    let closed = home.serve();
    assert_eq!(closed.get("/api/customers").0, 401);
    assert!(!closed.stop().2.contains("IS OPEN"));
}

#[test]
fn a_dialect_is_open_in_an_entity_that_there_is() {
    let home = Home::started();
    let nobody = "00000000-0000-4000-8000-000000000001";
    let said = complaint(&home.run(["serve", "--stripe-back-open", nobody]), 2);
    assert!(said.contains("entity list"), "{said}");
}

#[test]
fn keys_of_applications_are_added_listed_and_removed() {
    let home = Home::started();
    let bootstrap = home.bootstrap();
    let entity = bootstrap["entity_id"].as_str().unwrap();
    let add = ["api-key", "add", "--entity", entity];
    let id = "525ad5d6993247cccb083e5a";
    let more = ["--type", "ios", "--identifier", "api.example.com", "--id", id];
    let added = home.json(add.into_iter().chain(more));
    assert_eq!(added["api_key"], format!("ios api.example.com {id}"));
    assert_eq!(added["entity_id"], entity);
    complaint(&home.run(add.into_iter().chain(more)), 2);
    home.json(add);
    let keys = home.json(["api-key", "list"])["api_keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 3);
    assert_eq!(keys[0]["api_key"], bootstrap["api_key"]);
    assert_eq!(keys[1], added);
    home.json(["api-key", "remove", id]);
    complaint(&home.run(["api-key", "remove", id]), 2);
    let nobody = "00000000-0000-4000-8000-000000000001";
    complaint(&home.run(["api-key", "add", "--entity", nobody]), 2);
    // The parser of the command line says so itself.
    let refused = home.run(["api-key", "add", "--entity", entity, "--identifier", "a b"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_file_of_an_earlier_version_still_works() {
    let home = Home::started();
    let mut old = home.bootstrap();
    let made = old["publishable_key"].clone();
    for name in ["publishable_key", "api_key"] {
        old.as_object_mut().unwrap().remove(name);
    }
    std::fs::write(home.file("bootstrap.json"), old.to_string()).unwrap();
    let server = home.serve();
    server.token(&old);
    assert!(server.stop().0.success());
    assert_eq!(home.bootstrap(), old, "it is left as it is");
    let listed = home.json(["entity", "list"]);
    assert_eq!(listed["entities"][0]["publishable_key"], made);
    // Who has not the root key at hand is not told.
    std::fs::rename(home.file("root.key"), home.file("elsewhere")).unwrap();
    let listed = home.json(["entity", "list"]);
    assert_eq!(listed["entities"][0]["publishable_key"], Value::Null);
}
