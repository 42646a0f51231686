//! Whatever is done through whichever dialect, all of them show the same cards, the same expiry and the
//! same default. And the calls that the dialects' own documents show work as they stand there.

use std::collections::BTreeMap;

use cardfile_domain::{
    brand::CardType,
    card::{Activity, Extras, HolderDetails, StoredNumber},
    card_number::MaskedNumber,
    command::{Brought, Command, Context, NewCard, Target, Write},
    custom_fields::CustomFields,
    expiry::Expiry,
    failures::ConsecutiveFailures,
    id::{AccountKey, AccountRef, ClientId, PaymentMethodId},
    ports::Clock as _,
    retry_rule::RetryRule,
};
use cardfile_tests::{
    app::{Database, card_path, text},
    call::Call,
    cards,
    dialects::{Dialects, id_of},
    suite::Case,
    wired,
    wired::Wired,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Sequences that are tried on each database.
const SEQUENCES: usize = 60;
/// Calls of a sequence, not counting those that look.
const STEPS: usize = 14;

pub(crate) fn cases() -> Vec<Case> {
    wired![all_dialects_show_the_same_after_any_sequence, the_calls_of_the_documents_work]
}

/// `SplitMix64`: the same sequences each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let place = self.below(items.len());
        &items[place]
    }
}

/// What a dialect shows: the cards with their expiry, and the default.
#[derive(Debug, PartialEq)]
struct Shown {
    cards: BTreeMap<String, (i64, i64)>,
    default: Option<String>,
}

/// An account in the middle of a sequence.
struct Scene {
    speaker: Dialects,
    account: String,
    /// Every card that there ever was, by its id; some are gone.
    cards: Vec<String>,
    calls: usize,
}

async fn all_dialects_show_the_same_after_any_sequence(database: Database) {
    let wired = Wired::new(database).await;
    let mut calls = 0;
    for number in 0..SEQUENCES {
        let mut chance = Chance(number as u64);
        let mut scene = Scene::open(&wired, &mut chance).await;
        for step in 0..STEPS {
            // Tokens may be made so often only.
            wired.clock.advance(SignedDuration::from_secs(3));
            let done = scene.act(&mut chance).await;
            scene.compare(&format!("sequence {number}, step {step}: {done}")).await;
        }
        calls += scene.calls;
    }
    assert_eq!(calls, SEQUENCES * STEPS, "on {database}");
}

impl Scene {
    async fn open(wired: &Wired, chance: &mut Chance) -> Self {
        let speaker = Dialects::wired(wired).await;
        let account = match chance.below(3) {
            0 => id_of(&speaker.customer().await).to_owned(),
            1 => {
                let body = json!({"name": "Acme", "description": "x"});
                text(&speaker.org("POST", "/org").json(&body).await.ok()["orgId"])
            }
            _ => {
                let body = json!({"name": "Acme", "currency": "USD", "billCycleDay": 1});
                text(&speaker.client.post("/v1/accounts").json(&body).await.ok()["accountId"])
            }
        };
        Self { speaker, account, cards: Vec::new(), calls: 0 }
    }

    fn zuora(&self, method: &str, path: &str) -> Call {
        self.speaker.client.call(method, path)
    }

    fn customer(&self) -> String {
        format!("cus_{}", self.account)
    }

    async fn act(&mut self, chance: &mut Chance) -> String {
        self.calls += 1;
        let kind = chance.below(10);
        if self.cards.is_empty() || kind < 3 {
            return self.add(chance).await;
        }
        let card = chance.of(&self.cards).clone();
        match kind {
            3..=5 => self.choose(chance, &card).await,
            6 | 7 => self.change(chance, &card).await,
            8 => self.remove(chance, &card).await,
            _ => self.close_or_scrub(chance, &card).await,
        }
    }

    async fn add(&mut self, chance: &mut Chance) -> String {
        let numbers = [cards::VISA, cards::VISA_2, cards::MASTERCARD, cards::AMEX, cards::DISCOVER];
        let number = *chance.of(&numbers[..2]);
        let way = chance.below(4);
        if way == 0 {
            let more = json!({"cardNumber": number, "makeDefault": chance.below(2) == 0});
            let body = cards::with(cards::of_account(&self.account), &more);
            let made = self.zuora("POST", "/v1/payment-methods").json(&body).await.ok();
            self.cards.push(text(&made["id"]));
            return "a card by Zuora".to_owned();
        }
        let number = *chance.of(&numbers);
        let token = if chance.below(2) == 0 {
            self.speaker.token(number).await
        } else {
            let year = cards::year();
            let code = if number == cards::AMEX { "1234" } else { "123" };
            let body = json!({"number": number, "exp_month": 8, "exp_year": year, "cvc": code});
            let made = self.zuora("POST", "/api/cards/create").json(&body).await.expect(201);
            text(&made["data"]["token_id"])
        };
        let body = json!({"userId": self.customer(), "source": token});
        let is_there = way == 1 && {
            let reply = self.zuora("POST", "/api/cards/assign").json(&body).await;
            // One that was deleted is no customer before it has a card again.
            assert!([200, 404].contains(&reply.status), "{reply}");
            reply.status == 200
        };
        if !is_there {
            let path = format!("/org/{}/payment", self.account);
            let body = json!({"paymentId": token});
            self.speaker.org("POST", &path).json(&body).await.ok();
        }
        self.cards.push(id_of(&token).to_owned());
        format!("a token by way {way}")
    }

    async fn choose(&self, chance: &mut Chance, card: &str) -> String {
        let reply = match chance.below(3) {
            0 => {
                let body = json!({"defaultPaymentMethodId": card});
                self.zuora("PUT", &format!("/v1/accounts/{}", self.account)).json(&body).await
            }
            1 => {
                let name = format!("card_{card}");
                let body = json!({"userId": self.customer(), "default_source": name});
                self.zuora("POST", "/api/cards/default").json(&body).await
            }
            _ => {
                let prefix = *chance.of(&["card_", "tok_"]);
                let body = json!({"paymentId": format!("{prefix}{card}")});
                let path = format!("/org/{}/customer", self.account);
                self.speaker.org("PUT", &path).json(&body).await
            }
        };
        format!("choose: {}", reply.status)
    }

    async fn change(&self, chance: &mut Chance, card: &str) -> String {
        let month = chance.below(12) + 1;
        let year = cards::year() + i64::try_from(chance.below(5)).unwrap();
        let reply = if chance.below(2) == 0 {
            let body = json!({"expirationMonth": month, "expirationYear": year});
            self.zuora("PUT", &card_path(card)).json(&body).await
        } else {
            let body = json!({"exp_month": month.to_string(), "exp_year": year});
            let path = format!("/org/{}/payment/card_{card}", self.account);
            self.speaker.org("PUT", &path).json(&body).await
        };
        format!("change: {}", reply.status)
    }

    async fn remove(&self, chance: &mut Chance, card: &str) -> String {
        let reply = if chance.below(2) == 0 {
            self.zuora("DELETE", &card_path(card)).await
        } else {
            let path = format!("/org/{}/payment/card_{card}", self.account);
            self.speaker.org("DELETE", &path).await
        };
        format!("remove: {}", reply.status)
    }

    async fn close_or_scrub(&self, chance: &mut Chance, card: &str) -> String {
        let reply = match chance.below(4) {
            0 => self.zuora("PUT", &format!("{}/scrub", card_path(card))).await,
            1 => {
                // Nobody else's customer is looked at by the others.
                let body = json!({"userId": self.customer()});
                self.zuora("DELETE", "/api/customers/delete").json(&body).await
            }
            _ => {
                let status = *chance.of(&["Active", "Closed"]);
                self.zuora("PUT", &card_path(card)).json(&json!({"status": status})).await
            }
        };
        format!("close or scrub: {}", reply.status)
    }

    async fn compare(&self, place: &str) {
        let zuora = self.by_zuora().await;
        let envelope = self.by_envelope().await;
        let org = self.by_org().await;
        assert_eq!(zuora, envelope, "{place}: Zuora's and the envelope");
        assert_eq!(zuora, org, "{place}: Zuora's and the organization");
    }

    async fn by_zuora(&self) -> Shown {
        let path = format!("/v1/accounts/{}/payment-methods", self.account);
        let body = self.zuora("GET", &path).await.ok();
        let all = body["creditcard"].as_array().unwrap();
        // What is erased has nothing to show elsewhere.
        let left = all.iter().filter(|card| card["status"] != "Scrubbed");
        let expiry = |card: &Value| {
            let number = |name: &str| card[name].as_i64().unwrap();
            (text(&card["id"]), (number("expirationMonth"), number("expirationYear")))
        };
        let default = all.iter().find(|card| card["isDefault"] == true);
        let default = default.map(|card| text(&card["id"]));
        assert_eq!(json!(default), body["defaultPaymentMethodId"]);
        Shown { cards: left.map(expiry).collect(), default }
    }

    async fn by_envelope(&self) -> Shown {
        let reply = self.zuora("GET", &format!("/api/customers/{}", self.customer())).await;
        if reply.status == 404 {
            return Shown { cards: BTreeMap::new(), default: None };
        }
        let data = reply.ok()["data"].clone();
        let path = format!("/api/cards/{}", self.customer());
        let list = self.zuora("GET", &path).query("limit", "100").await.ok();
        let cards = of_stripe(&list["data"]);
        // What stands in the customer is the beginning of the list.
        let some = of_stripe(&data["sources"]["data"]);
        assert!(some.iter().all(|(id, expiry)| cards.get(id) == Some(expiry)));
        Shown { cards, default: name_of(&data["default_source"]) }
    }

    async fn by_org(&self) -> Shown {
        let path = format!("/org/{}/customer", self.account);
        let reply = self.speaker.org("GET", &path).query("limit", "100").await;
        if reply.status == 400 {
            return Shown { cards: BTreeMap::new(), default: None };
        }
        let body = reply.ok();
        let cards = of_stripe(&body["cards"]["data"]);
        assert_eq!(body["cards"]["total_count"], cards.len());
        Shown { cards, default: name_of(&body["default_card"]) }
    }
}

fn of_stripe(list: &Value) -> BTreeMap<String, (i64, i64)> {
    let expiry = |card: &Value| {
        let number = |name: &str| card[name].as_i64().unwrap();
        (id_of(&text(&card["id"])).to_owned(), (number("exp_month"), number("exp_year")))
    };
    list.as_array().unwrap().iter().map(expiry).collect()
}

fn name_of(value: &Value) -> Option<String> {
    value.as_str().map(|name| id_of(name).to_owned())
}

/// A card with names that it got elsewhere.
fn named(wired: &Wired, id: PaymentMethodId, names: &[&str]) -> NewCard {
    let year = cards::year();
    let _ = wired;
    NewCard {
        id,
        card_type: CardType::Visa,
        number: StoredNumber {
            bin: None,
            masked: MaskedNumber::new("4242".parse().unwrap(), 16).unwrap(),
            vaulted: None,
        },
        expiry: Expiry { year: year.try_into().unwrap(), month: 12.try_into().unwrap() },
        holder_name: None,
        holder: HolderDetails::default(),
        extras: Extras::default(),
        custom: CustomFields::default(),
        failures: ConsecutiveFailures::default(),
        retry_rule: RetryRule::default(),
        activity: Activity::default(),
        brought: Brought::default(),
        make_default: false,
        check_duplicated: false,
        replaces: None,
        names: names.iter().map(|name| name.parse().unwrap()).collect(),
    }
}

async fn put(wired: &Wired, account: Option<&str>, names: &[&str]) -> PaymentMethodId {
    let random = u64::from(std::process::id()) << 32 | cardfile_tests::unique();
    let millis = u64::try_from(wired.clock.now().as_millisecond()).unwrap();
    let (entity, free) = (wired.entity, cardfile_domain::id::Bucket::new(7));
    let key: Option<AccountKey> = account.map(|account| account.parse().unwrap());
    let bucket = key.as_ref().map_or(free, |key| key.bucket(entity));
    let id = PaymentMethodId::new(bucket, millis, random);
    let key = key.unwrap_or_else(|| AccountKey::orphan(id));
    let by = ClientId::from_bytes([9; 16]);
    let write = Write {
        target: Target::Account(AccountRef { entity, key }),
        command: Command::CreateCard(Box::new(named(wired, id, names))),
        context: Context { by, track: None, at: wired.clock.now(), random },
        claim: None,
    };
    wired.store.execute(write).await.unwrap().outcome.unwrap();
    id
}

async fn the_calls_of_the_documents_work(database: Database) {
    let wired = Wired::new(database).await;
    let speaker = Dialects::wired(&wired).await;
    let (customer, card) = ("cus_QRs9eKZ4xUzN2TP9", "card_1QRs9eKZ4xUzN2TPabcdefgh");
    put(&wired, Some(customer), &[]).await;
    put(&wired, Some(customer), &[card]).await;
    let body = json!({"userId": customer, "default_source": card});
    let done = speaker.client.post("/api/cards/default").json(&body).await.ok();
    assert_eq!(done["message"], "Método de pago actualizado con éxito");
    assert_eq!(done["data"]["id"], customer);
    assert_eq!(done["data"]["default_source"], card);
    let found = &done["data"]["sources"]["data"][0];
    assert_eq!((&found["id"], &found["last4"]), (&json!(card), &json!("4242")));
    // A card that came with the name of a token goes by it, once.
    let (token, mine) = ("tok_1QRs9eKZ4xUzN2TP9vQqWXYZ", "card_1QRs9eKZ4xUzN2TP9vQqWXYZ");
    put(&wired, None, &[token, mine]).await;
    let body = json!({"userId": customer, "source": token});
    let given = speaker.client.post("/api/cards/assign").json(&body).await.ok();
    assert_eq!(given["data"]["cardId"], mine);
    let again = speaker.client.post("/api/cards/assign").json(&body).await.expect(400);
    assert_eq!(again["code"], "token_already_used");
    let listed = speaker.client.get(format!("/api/cards/{customer}")).await.ok();
    let second = text(&listed["data"][1]["id"]);
    let body = json!({"userId": customer, "default_source": second});
    let done = speaker.client.post("/api/cards/default").json(&body).await.ok();
    assert_eq!(done["data"]["default_source"], second);
    // The organization's: a token first, and the same token as the name of its card then.
    let token = "tok_104FD42eZvKYlo2Cm1wYwsL1";
    put(&wired, None, &[token, "card_104FD42eZvKYlo2Cm1wYwsL1"]).await;
    let (org, body) = ("/org/0468bfb5-31b6-441d-8012-bda14410d0e7", json!({"paymentId": token}));
    let added = speaker.org("POST", &format!("{org}/payment")).json(&body).await.ok();
    assert_eq!(added, json!({}));
    let chosen = speaker.org("PUT", &format!("{org}/customer")).json(&body).await.ok();
    assert_eq!(chosen, json!({}));
    let shown = speaker.org("GET", &format!("{org}/customer")).await.ok();
    assert_eq!(shown["default_card"], "card_104FD42eZvKYlo2Cm1wYwsL1");
}
