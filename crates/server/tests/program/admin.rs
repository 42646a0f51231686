//! Entities, clients and keys, beside a server that is running.

use serde_json::Value;

use crate::support::{Home, complaint, text};

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn id<'v>(value: &'v Value, name: &str) -> &'v str {
    let id = value[name].as_str().unwrap();
    assert_eq!(id.len(), 36, "{id}");
    id
}

#[test]
fn each_command_answers_with_fields_that_stay() {
    let home = Home::started();
    let entity = home.json(["entity", "create", "--name", "Acme GmbH"]);
    assert_eq!(names(&entity), ["entity_id", "name", "created_at", "publishable_key"]);
    assert_eq!(entity["name"], "Acme GmbH");
    let entities = home.json(["entity", "list"]);
    assert_eq!(names(&entities), ["entities"]);
    assert_eq!(entities["entities"][1], entity);

    let entity_id = id(&entity, "entity_id");
    let create = ["client", "create", "--name", "x", "--entity", entity_id, "--right", "bulk"];
    let client = home.json(create);
    let fields =
        ["client_id", "name", "entity_ids", "rights", "created_at", "disabled_at", "client_secret"];
    assert_eq!(names(&client), fields);
    assert!(client["client_secret"].as_str().unwrap().len() <= 42);
    assert_eq!(client["rights"], serde_json::json!(["bulk"]));
    assert_eq!(client["entity_ids"], serde_json::json!([entity_id]));
    assert_eq!(client["disabled_at"], Value::Null);

    let clients = home.json(["client", "list"]);
    assert_eq!(names(&clients), ["clients"]);
    assert_eq!(names(&clients["clients"][1]), &fields[..6]);
    let disabled = home.json(["client", "disable", id(&client, "client_id")]);
    assert_eq!(names(&disabled), &fields[..6]);
    assert!(disabled["disabled_at"].is_string());

    let keys = home.json(["keys", "status"]);
    assert_eq!(names(&keys), ["root_key_file", "entities"]);
    let row = ["entity_id", "name", "key_versions", "current_key_version"];
    assert_eq!(names(&keys["entities"][0]), row);
    assert_eq!(keys["entities"].as_array().unwrap().len(), 2);

    let migrated = home.json(["migrate"]);
    assert_eq!(migrated.to_string(), r#"{"database":"sqlite","schema":"current"}"#);
}

#[test]
fn without_json_people_can_read_it() {
    let home = Home::started();
    let main = home.bootstrap()["entity_id"].as_str().unwrap().to_owned();
    let create = ["client", "create", "--name", "x", "--entity", &main, "--right", "read"];
    let said = text(&home.run(create).stdout);
    assert!(said.contains("client_secret  ") && said.contains("not shown again"), "{said}");
    for args in [["entity", "list"], ["client", "list"], ["keys", "status"]] {
        assert!(!text(&home.run(args).stdout).contains('{'), "{args:?}");
    }
    assert!(text(&home.run(["client", "list"]).stdout).contains("enabled  read  x\n"));
}

#[test]
fn what_is_added_while_the_server_runs_is_known_to_it() {
    let home = Home::started();
    let server = home.serve();
    let entity = home.json(["entity", "create", "--name", "Second"]);
    let entity = id(&entity, "entity_id");
    let create =
        ["client", "create", "--name", "x", "--entity", entity, "--right", "read", "write"];
    let client = home.json(create);
    let token = server.token(&client);
    let missing = format!("/v1/payment-methods/{}", "0".repeat(32));
    assert_eq!(server.get_as(&token, &missing).0, 404);
}

#[test]
fn a_client_that_is_disabled_is_out() {
    let home = Home::started();
    let server = home.serve();
    let bootstrap = home.bootstrap();
    let token = server.token(&bootstrap);
    let path = format!("/v1/payment-methods/{}", "0".repeat(32));
    assert_eq!(server.get_as(&token, &path).0, 404);
    home.json(["client", "disable", bootstrap["client_id"].as_str().unwrap()]);
    // A server that knew the client may let it in for some seconds more; the next knows nothing.
    server.stop();
    let server = home.serve();
    assert_eq!(server.get_as(&token, &path).0, 401);
    let (status, _) = server.token_answer(
        bootstrap["client_id"].as_str().unwrap(),
        bootstrap["client_secret"].as_str().unwrap(),
    );
    assert_eq!(status, 401);
}

#[test]
fn wrong_wishes_are_refused_in_a_sentence() {
    let home = Home::started();
    let unknown = "00000000-0000-4000-8000-000000000000";
    let said = complaint(&home.run(["entity", "create", "--name", "Main"]), 2);
    assert!(said.contains("\"Main\""), "{said}");
    let said = complaint(&home.run(["client", "disable", unknown]), 2);
    assert!(said.contains(unknown), "{said}");
    let create = ["client", "create", "--name", "x", "--entity", unknown, "--right", "read"];
    let said = complaint(&home.run(create), 2);
    assert!(said.contains("cardfile entity list"), "{said}");
    for args in [
        &["client", "disable", "x"][..],
        &["client", "create", "--name", "x", "--entity", unknown, "--right", "root"],
        &["entity", "create", "--name", ""],
    ] {
        assert_eq!(home.run(args.iter().copied()).status.code(), Some(2));
    }
    assert_eq!(home.json(["client", "list"])["clients"].as_array().unwrap().len(), 1);
}
