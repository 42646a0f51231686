//! Who gets in, and who may do what.

use cardfile_domain::{client::Right, limits::SESSION_HOURS};
use cardfile_tests::{
    app::{App, Database, new_account, text},
    cards,
    dialects::Dialects,
    served,
    suite::Case,
    wired,
    wired::{Fault, Wired, real_now},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{add, customer_of, fails, new_org};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        a_user_signs_in_and_out,
        a_wrong_key_a_wrong_token_and_a_wrong_password_are_refused,
        a_session_is_of_its_application,
        roles_say_who_may_do_what,
        our_rights_are_asked_for_too,
        a_user_goes_by_a_name_that_no_other_has,
    ];
    cases.extend(wired![
        a_session_ends_after_a_day,
        a_session_goes_on_in_another_process,
        the_dialects_say_when_the_database_is_away,
    ]);
    cases
}

async fn a_user_signs_in_and_out(app: App) {
    let mut speaker = Dialects::of(&app).await;
    let shown = speaker.org("GET", "/auth/verify").await.ok();
    assert_eq!(shown["usersId"], speaker.user.0);
    assert_eq!(shown["active"], true);
    let before = speaker.session.clone();
    speaker.sign_in().await;
    assert_ne!(speaker.session, before, "each time it is another token");
    assert_eq!(speaker.org("GET", "/auth/signout").await.ok(), json!({}));
    fails(&speaker.org("GET", "/auth/verify").await, 401);
    speaker.session = before;
    speaker.org("GET", "/auth/verify").await.ok();
}

async fn a_wrong_key_a_wrong_token_and_a_wrong_password_are_refused(app: App) {
    let speaker = Dialects::of(&app).await;
    let org = new_account();
    add(&speaker, &org, cards::VISA).await;
    let paths = [
        ("GET", "/org/x".to_owned()),
        ("PUT", "/org/x".to_owned()),
        ("POST", "/org".to_owned()),
        ("POST", format!("/org/{org}/payment")),
        ("PUT", format!("/org/{org}/payment/card_x")),
        ("DELETE", format!("/org/{org}/payment/card_x")),
        ("GET", format!("/org/{org}/customer")),
        ("PUT", format!("/org/{org}/customer")),
        ("GET", "/auth/verify".to_owned()),
        ("GET", "/auth/signout".to_owned()),
    ];
    for (method, path) in &paths {
        let call = speaker.org(method, path);
        for key in ["", "browser x", "browser tests nope", "a b c d"] {
            fails(&call.clone().only_header("X-Api-Key", key).await, 401);
        }
        for bearer in ["", "Bearer", "Bearer x", "Basic x"] {
            fails(&call.clone().only_header("Authorization", bearer).await, 401);
        }
    }
    let call = speaker.anybody.post("/v2/auth/signin");
    let body = json!({"username": speaker.user.0, "password": speaker.user.1});
    fails(&call.clone().json(&body).await, 401);
    for (name, word) in [(&*speaker.user.0, "x"), ("nobody", &*speaker.user.1), ("test", "x")] {
        let body = json!({"username": name, "password": word});
        let reply = call.clone().header("X-Api-Key", &speaker.api_key).json(&body).await;
        fails(&reply, 401);
    }
    let call = call.header("X-Api-Key", &speaker.api_key);
    fails(&call.json(&json!({"username": "x"})).await, 400);
}

async fn a_session_is_of_its_application(app: App) {
    let speaker = Dialects::of(&app).await;
    let entity = app.new_entity().await;
    let office = &app.shared.office;
    let other = office.new_api_key(entity, real_now()).await;
    let call = speaker.org("GET", "/auth/verify").only_header("X-Api-Key", &other);
    fails(&call.await, 401);
    // The user may not work in the other application's entity.
    let body = json!({"username": speaker.user.0, "password": speaker.user.1});
    let call = speaker.anybody.post("/v2/auth/signin").header("X-Api-Key", &other);
    fails(&call.json(&body).await, 401);
    let client = app.new_client(&[app.entity], &[Right::Read]).await;
    let reader = Dialects::new(&app.client, office, app.entity, (client, real_now())).await;
    app.disable(&reader.user.0).await;
    let body = json!({"username": reader.user.0, "password": reader.user.1});
    let call = speaker.anybody.post("/v2/auth/signin").header("X-Api-Key", &reader.api_key);
    let mut reply = call.clone().json(&body).await;
    // The server may have seen the client a moment ago.
    for _ in 0..100 {
        if reply.status == 401 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        reply = call.clone().json(&body).await;
    }
    fails(&reply, 401);
}

async fn member(app: &App, rights: &[Right]) -> Dialects {
    let user = app.new_client(&[app.entity], rights).await;
    Dialects::new(&app.client, &app.shared.office, app.entity, (user, real_now())).await
}

async fn roles_say_who_may_do_what(app: App) {
    let owner = Dialects::of(&app).await;
    let org = new_org(&owner).await;
    let card = add(&owner, &org, cards::VISA).await;
    let rights = [Right::Read, Right::Write];
    let user = member(&app, &rights).await;
    let path = format!("/org/{org}");
    let customer = format!("{path}/customer");
    let refused = "Insufficient privileges to perform the requested action.";
    let denied = async |user: &Dialects| {
        assert_eq!(fails(&user.org("GET", &customer).await, 403), refused);
        let body = json!({"paymentId": card});
        fails(&user.org("PUT", &customer).json(&body).await, 403);
        fails(&user.org("POST", &format!("{path}/payment")).json(&body).await, 403);
        let of_card = format!("{path}/payment/{card}");
        fails(&user.org("PUT", &of_card).json(&json!({"name": "x"})).await, 403);
        fails(&user.org("DELETE", &of_card).await, 403);
    };
    denied(&user).await;
    fails(&user.org("PUT", &path).json(&json!({"name": "x"})).await, 403);
    let grant = async |role: &str| {
        let body = json!({"permissions": {role: [owner.user.0, user.user.0]}});
        let shown = owner.org("PUT", &path).json(&body).await.ok();
        assert_eq!(shown["permissions"][role], json!([owner.user.0, user.user.0]));
    };
    grant("dev").await;
    denied(&user).await;
    let shown = user.org("PUT", &path).json(&json!({"name": "Beta"})).await.ok();
    assert_eq!(shown["name"], "Beta");
    grant("payment").await;
    assert_eq!(customer_of(&user, &org).await["default_card"], card);
    user.org("PUT", &customer).json(&json!({"paymentId": card})).await.ok();
    // An organization that nobody has opened is nobody's, but for who administers the entity.
    let missing = new_account();
    let token = user.token(cards::VISA).await;
    let call = user.org("POST", &format!("/org/{missing}/payment"));
    fails(&call.json(&json!({"paymentId": token})).await, 404);
    // Whoever makes one has every role in it.
    let own = new_org(&user).await;
    let call = user.org("POST", &format!("/org/{own}/payment"));
    call.json(&json!({"paymentId": token})).await.ok();
}

async fn our_rights_are_asked_for_too(app: App) {
    let owner = Dialects::of(&app).await;
    let org = new_org(&owner).await;
    let card = add(&owner, &org, cards::VISA).await;
    let reader = member(&app, &[Right::Read]).await;
    let scrubber = member(&app, &[Right::Scrub]).await;
    let list = json!([owner.user.0, reader.user.0, scrubber.user.0]);
    let body = json!({"permissions": {"admin": list}});
    owner.org("PUT", &format!("/org/{org}")).json(&body).await.ok();
    customer_of(&reader, &org).await;
    let payment = json!({"paymentId": card});
    for (method, path, body) in [
        ("POST", "/org".to_owned(), json!({"name": "x", "description": "y"})),
        ("PUT", format!("/org/{org}"), json!({"name": "x"})),
        ("POST", format!("/org/{org}/payment"), payment.clone()),
        ("PUT", format!("/org/{org}/customer"), payment),
        ("PUT", format!("/org/{org}/payment/{card}"), json!({"name": "x"})),
    ] {
        fails(&reader.org(method, &path).json(&body).await, 403);
    }
    fails(&reader.org("DELETE", &format!("/org/{org}/payment/{card}")).await, 403);
    for path in [format!("/org/{org}"), format!("/org/{org}/customer")] {
        fails(&scrubber.org("GET", &path).await, 403);
    }
    fails(&scrubber.org("GET", "/auth/verify").await, 403);
    fails(&scrubber.org("GET", "/auth/signout").await, 403);
    // The other dialect asks for the same.
    let customer = owner.customer().await;
    let user = json!({"userId": customer, "source": card, "default_source": card});
    for call in [
        reader.client.post("/api/cards/create"),
        reader.client.post("/api/cards/assign"),
        reader.client.post("/api/cards/default"),
        reader.client.post("/api/customers/create"),
        reader.client.put("/api/customers/update"),
        reader.client.delete("/api/customers/delete"),
        scrubber.client.get("/api/customers"),
        scrubber.client.get(format!("/api/customers/{customer}")),
        scrubber.client.get(format!("/api/cards/{customer}")),
    ] {
        let anybody = call.clone().only_header("Authorization", "Bearer x").json(&user).await;
        assert_eq!(anybody.expect(401)["status"], false);
        let reply = call.json(&user).await;
        assert_eq!(reply.expect(403)["status"], false);
    }
}

async fn a_user_goes_by_a_name_that_no_other_has(app: App) {
    let bootstrap = std::fs::read(app.shared.home.data().join("bootstrap.json")).unwrap();
    let bootstrap: Value = serde_json::from_slice(&bootstrap).unwrap();
    let (key, secret) = (text(&bootstrap["api_key"]), text(&bootstrap["client_secret"]));
    assert!(key.starts_with("browser cardfile "), "{key}");
    let body = json!({"username": "bootstrap", "password": secret});
    let call = app.anybody().post("/v2/auth/signin").header("X-Api-Key", &key);
    let shown = call.json(&body).await.ok();
    assert_eq!(shown["usersId"], bootstrap["client_id"]);
    assert_eq!(shown["name"]["firstName"], "bootstrap");
    let fields = cardfile_tests::dialects::card_fields(cards::VISA);
    let call = app.anybody().post("/v1/tokens").form(&fields.each());
    let key = text(&bootstrap["publishable_key"]);
    call.header("Authorization", &format!("Bearer {key}")).await.ok();
}

async fn a_session_ends_after_a_day(database: Database) {
    // What is forgotten here would be forgotten for others too.
    let wired = Wired::apart(database).await;
    let speaker = Dialects::wired(&wired).await;
    wired.clock.advance(SignedDuration::from_hours(SESSION_HOURS) - SignedDuration::from_secs(1));
    speaker.org("GET", "/auth/verify").await.ok();
    wired.clock.advance(SignedDuration::from_secs(1));
    fails(&speaker.org("GET", "/auth/verify").await, 401);
    wired.clock.advance(SignedDuration::from_secs(1));
    assert!(wired.service.forget_sessions().await.unwrap() >= 1);
}

async fn a_session_goes_on_in_another_process(database: Database) {
    if database == Database::Sqlite {
        return;
    }
    // Over PostgreSQL the wired parts are another process beside the server, with its root key.
    let wired = Wired::new(database).await;
    let speaker = Dialects::wired(&wired).await;
    let app = App::new(database).await;
    let elsewhere = |session: &str| {
        let call = app.anybody().get("/v2/auth/verify").header("X-Api-Key", &speaker.api_key);
        call.header("Authorization", &format!("Bearer {session}"))
    };
    elsewhere(&speaker.session).await.ok();
    speaker.org("GET", "/auth/signout").await.ok();
    fails(&elsewhere(&speaker.session).await, 401);
}

async fn the_dialects_say_when_the_database_is_away(database: Database) {
    let wired = Wired::new(database).await;
    let speaker = Dialects::wired(&wired).await;
    let org = new_org(&speaker).await;
    let card = add(&speaker, &org, cards::VISA).await;
    let customer = format!("cus_{org}");
    let client = &speaker.client;
    let user = json!({"userId": customer, "source": card, "default_source": card, "name": "x"});
    let year = cards::year();
    let number = json!({"number": cards::VISA, "exp_month": 8, "exp_year": year, "cvc": "123"});
    let person = json!({"email": "a@b.example", "name": "Ada", "phone": "1"});
    let of_card = format!("/org/{org}/payment/{card}");
    let payment = json!({"paymentId": card});
    let named = json!({"name": "Beta", "description": "x"});
    let at_org = format!("/org/{org}");
    let writes = [
        client.post("/api/cards/create").json(&number),
        client.post("/api/cards/assign").json(&user),
        client.post("/api/cards/default").json(&user),
        client.post("/api/customers/create").json(&person),
        client.put("/api/customers/update").json(&user),
        client.delete("/api/customers/delete").json(&user),
        speaker.org("POST", "/org").json(&named),
        speaker.org("PUT", &at_org).json(&named),
        speaker.org("POST", &format!("{at_org}/payment")).json(&payment),
        speaker.org("PUT", &of_card).json(&json!({"name": "x"})),
        speaker.org("DELETE", &of_card),
        speaker.org("PUT", &format!("{at_org}/customer")).json(&payment),
    ];
    let reads = [
        client.get("/api/customers"),
        client.get(format!("/api/customers/{customer}")),
        client.get(format!("/api/cards/{customer}")),
        speaker.org("GET", &at_org),
        speaker.org("GET", &format!("{at_org}/customer")),
    ];
    for (fault, status) in [(Fault::Gone, 500), (Fault::Busy, 429), (Fault::Panic, 500)] {
        for call in writes.iter().chain(&reads) {
            wired.faults.store(Some(fault));
            let reply = call.clone().await;
            wired.faults.store(None);
            reply.expect(status);
        }
    }
    for call in &writes {
        wired.faults.store(Some(Fault::Contended));
        let reply = call.clone().await;
        wired.faults.store(None);
        // There is no other word for it among organizations.
        let is_org = call.request().target.starts_with("/v2");
        reply.expect(if is_org { 400 } else { 409 });
    }
    wired.faults.directory(Some(Fault::Gone));
    for path in ["/auth/verify", "/auth/signout"] {
        fails(&speaker.org("GET", path).await, 500);
    }
    let body = json!({"username": "x", "password": "y"});
    let call = speaker.anybody.post("/v2/auth/signin").header("X-Api-Key", &speaker.api_key);
    fails(&call.json(&body).await, 500);
    wired.faults.directory(None);
}
