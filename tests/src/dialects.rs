//! The dialects beside Zuora's, spoken in one entity: what shows who is calling, and the calls.

use cardfile_domain::id::EntityId;
use jiff::Timestamp;
use serde_json::json;

use crate::{
    app::{App, text},
    call::Call,
    cards,
    client::{Client, Credentials},
    office::Office,
    wired::{Wired, real_now},
};

/// Who speaks the dialects in an entity.
#[derive(Clone)]
pub struct Dialects {
    /// Speaks Zuora's, and that of the envelope, by Basic authentication, which does not end.
    pub client: Client,
    /// Shows nothing.
    pub anybody: Client,
    /// The key of a page.
    pub key: String,
    /// The key of an application.
    pub api_key: String,
    /// The token of a session of the application's user.
    pub session: String,
    /// The user: an id and a secret.
    pub user: (String, String),
}

impl Dialects {
    /// In the entity of a test against the program.
    pub async fn of(app: &App) -> Self {
        let user = app.new_client(&[app.entity], &cardfile_domain::client::Right::ALL).await;
        Self::new(&app.client, &app.shared.office, app.entity, (user, real_now())).await
    }

    /// In the entity of a test of the wired parts.
    pub async fn wired(wired: &Wired) -> Self {
        let now = cardfile_domain::ports::Clock::now(&*wired.clock);
        let all = cardfile_domain::client::Right::ALL;
        let user = wired.office.new_client(&[wired.entity], &all, now).await;
        Self::new(&wired.client, &wired.office, wired.entity, (user, now)).await
    }

    /// For a user, at a moment.
    pub async fn new(
        client: &Client,
        office: &Office,
        entity: EntityId,
        (user, at): ((String, String), Timestamp),
    ) -> Self {
        let basic = Credentials::Basic(user.0.clone(), user.1.clone());
        let mut dialects = Self {
            client: client.showing(basic).anywhere(),
            anybody: client.showing(Credentials::None).anywhere(),
            key: office.publishable_key(entity),
            api_key: office.new_api_key(entity, at).await,
            session: String::new(),
            user,
        };
        dialects.sign_in().await;
        dialects
    }

    /// Signs the user in again.
    pub async fn sign_in(&mut self) {
        let body = json!({"username": self.user.0, "password": self.user.1});
        let call = self.anybody.post("/v2/auth/signin").header("X-Api-Key", &self.api_key);
        self.session = text(&call.json(&body).await.ok()["sessionToken"]);
    }

    /// A call of a page that makes a token.
    pub fn page(&self, fields: &[(&str, &str)]) -> Call {
        let key = format!("Bearer {}", self.key);
        self.anybody.post("/v1/tokens").header("Authorization", &key).form(fields)
    }

    /// A token of a card that is good for years.
    pub async fn token(&self, number: &str) -> String {
        text(&self.page(&card_fields(number).each()).await.ok()["id"])
    }

    /// A call of the application's user.
    pub fn org(&self, method: &str, path: &str) -> Call {
        let call = self.anybody.call(method, format!("/v2{path}"));
        let bearer = format!("Bearer {}", self.session);
        call.header("X-Api-Key", &self.api_key).header("Authorization", &bearer)
    }

    /// A customer without cards: its name.
    pub async fn customer(&self) -> String {
        let body = json!({"email": "leo@example.com", "name": "Leo", "phone": "+15550100"});
        let made = self.client.post("/api/customers/create").json(&body).await.expect(201);
        text(&made["data"]["id"])
    }

    /// A customer's card, made from a token: its name.
    pub async fn card_of(&self, customer: &str, number: &str) -> String {
        let body = json!({"userId": customer, "source": self.token(number).await});
        let done = self.client.post("/api/cards/assign").json(&body).await.ok();
        text(&done["data"]["cardId"])
    }
}

/// The fields of a card in a page's form.
pub struct CardFields {
    number: String,
    year: String,
}

/// A card with this number, a code, and a year that is to come.
pub fn card_fields(number: &str) -> CardFields {
    CardFields { number: number.to_owned(), year: cards::year().to_string() }
}

impl CardFields {
    /// The fields, as a form takes them.
    pub fn each(&self) -> [(&str, &str); 5] {
        [
            ("card[number]", &self.number),
            ("card[exp_month]", "8"),
            ("card[exp_year]", &self.year),
            ("card[cvc]", "123"),
            ("card[name]", "Leo"),
        ]
    }
}

/// The id that a name of ours carries.
pub fn id_of(name: &str) -> &str {
    name.split_once('_').map_or(name, |(_, id)| id)
}
