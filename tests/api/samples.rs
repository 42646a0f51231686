//! A good call for every operation of the contract, so that what holds for all can be tried on all.

use cardfile_tests::{
    app::{create, new_account, seed_path},
    call::{Call, escaped},
    cards,
    client::Client,
    spec::{Operation, Spec},
};
use serde_json::{Value, json};

/// What the calls are about.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    /// An account with two cards.
    pub(crate) account: String,
    /// The one that is charged.
    pub(crate) default_card: String,
    /// The other one.
    pub(crate) spare_card: String,
    /// The first page of a query has a second.
    pub(crate) locator: String,
    /// An asynchronous request, which was carried out or is going to be.
    pub(crate) errand: String,
    /// A payment in the transaction log, and the snapshot that it left.
    pub(crate) payment: (String, String),
    /// A client's id and its secret.
    pub(crate) credentials: (String, String),
}

impl Stage {
    /// Puts everything on file that the calls need.
    pub(crate) async fn set(client: &Client) -> Self {
        let account = new_account();
        let default_card = create(client, &cards::of_account(&account)).await;
        let spare_card = create(client, &cards::of_account(&account)).await;
        let body = json!({
            "queryString": format!("select Id from PaymentMethod where AccountId = '{account}'"),
            "conf": {"batchSize": 1},
        });
        let found = client.post("/v1/action/query").json(&body).await.ok();
        let locator = found["queryLocator"].as_str().unwrap().to_owned();
        // What it asks for is refused, so that it changes nothing, whenever that is.
        let later = format!("/v1/async/payment-methods/{spare_card}");
        let errand = client.put(later).json(&json!({"noSuchField": 1})).await.expect(202);
        let errand = errand["requestId"].as_str().unwrap().to_owned();
        let path = format!("/v1/payment-methods/{default_card}/outcomes");
        let noted = client.post(path).json(&outcome(&default_card)).await.ok();
        let id = |name: &str| noted[name].as_str().unwrap().to_owned();
        let payment = (id("paymentMethodTransactionLogId"), id("paymentMethodSnapshotId"));
        let credentials = (String::new(), String::new());
        Self { account, default_card, spare_card, locator, errand, payment, credentials }
    }

    /// A good call of an operation.
    pub(crate) fn call(&self, operation: &Operation, client: &Client) -> Call {
        if let Some(twin) = operation.id.strip_suffix("Later").filter(|twin| *twin != "get") {
            return later(&self.call(Spec::get().operation(twin), client), client);
        }
        let (account, card) = (escaped(&self.account), escaped(&self.spare_card));
        let accounts = format!("/v1/accounts/{account}");
        let methods = format!("/v1/payment-methods/{card}");
        let record = format!("/v1/object/payment-method/{card}");
        match operation.id.as_str() {
            "createToken" => client.token(&self.credentials.0, &self.credentials.1),
            "updateCreditCard" => client.put(seed_path(&card)).json(&json!({"city": "Berlin"})),
            "createCreditCard" => {
                client.post("/v1/payment-methods/credit-cards").json(&cards::older(&new_account()))
            }
            "uploadCreditCards" => {
                let line = cards::older(&new_account()).to_string();
                let path = "/v1/payment-methods/credit-cards/bulk";
                client.post(path).of_type("application/x-ndjson", line)
            }
            "listCreditCards" => {
                client.get(format!("/v1/payment-methods/credit-cards/accounts/{account}"))
            }
            "createPaymentMethod" => {
                client.post("/v1/payment-methods").json(&cards::of_account(&new_account()))
            }
            "getPaymentMethod" => client.get(methods),
            "updatePaymentMethod" => client.put(methods).json(&json!({"ipAddress": "192.0.2.7"})),
            "deletePaymentMethod" => client.delete(methods),
            "scrubPaymentMethod" => client.put(format!("{methods}/scrub")),
            "verifyPaymentMethod" => {
                client.put(format!("{methods}/verify")).json(&json!({"securityCode": "111"}))
            }
            "recordPaymentOutcome" => {
                // The other card may be gone: another call has it deleted later.
                let path = format!("/v1/payment-methods/{}/outcomes", escaped(&self.default_card));
                client.post(path).json(&outcome(&self.spare_card))
            }
            "listAccountPaymentMethods" => client.get(format!("{accounts}/payment-methods")),
            "getAccountDefaultPaymentMethod" => {
                client.get(format!("{accounts}/payment-methods/default"))
            }
            "createAccount" => {
                client.post("/v1/accounts").json(&json!({"name": "Amy", "currency": "USD"}))
            }
            "getAccount" => client.get(accounts),
            "updateAccount" => client.put(accounts).json(&json!({"notes": "Adding some notes"})),
            "crudCreatePaymentMethod" => {
                client.post("/v1/object/payment-method").json(&cards::record(&new_account()))
            }
            "crudGetPaymentMethod" => client.get(record),
            "crudUpdatePaymentMethod" => client.put(record).json(&json!({"Phone": "1"})),
            "crudDeletePaymentMethod" => client.delete(record),
            "getLater" => client.get(format!("/v1/async/{}", self.errand)),
            "getEligibility" => client.get(format!("{methods}/eligibility")),
            "getChargeable" => client.get(format!("{accounts}/payment-methods/chargeable")),
            "setClock" => client.post("/sandbox/clock").json(&json!({"advance": "PT0S"})),
            "live" => client.get("/health/live"),
            "ready" => client.get("/health/ready"),
            "metrics" => client.get("/metrics"),
            "queryPaymentMethods" => client.get("/object-query/payment-methods"),
            "queryPaymentMethodByKey" => {
                client.get(format!("/object-query/payment-methods/{card}"))
            }
            other => self.payments(other, client),
        }
    }

    fn payments(&self, operation: &str, client: &Client) -> Call {
        let (log, snapshot) = &self.payment;
        match operation {
            "crudGetPaymentMethodTransactionLog" => {
                client.get(format!("/v1/object/payment-method-transaction-log/{log}"))
            }
            "crudGetPaymentMethodSnapshot" => {
                client.get(format!("/v1/object/payment-method-snapshot/{snapshot}"))
            }
            "queryPaymentMethodSnapshots" => client.get("/object-query/payment-method-snapshots"),
            "queryPaymentMethodSnapshotByKey" => {
                client.get(format!("/object-query/payment-method-snapshots/{snapshot}"))
            }
            other => self.action(other, client),
        }
    }

    fn action(&self, operation: &str, client: &Client) -> Call {
        let (name, body) = match operation {
            "actionCreate" => {
                let objects = json!([cards::record(&new_account())]);
                ("create", json!({"type": "PaymentMethod", "objects": objects}))
            }
            "actionUpdate" => {
                let objects = json!([{"Id": self.spare_card, "Phone": "1"}]);
                ("update", json!({"type": "PaymentMethod", "objects": objects}))
            }
            "actionDelete" => {
                ("delete", json!({"type": "PaymentMethod", "ids": [self.spare_card]}))
            }
            "actionQuery" => ("query", json!({"queryString": "select Id from PaymentMethod"})),
            "actionQueryMore" => ("queryMore", json!({"queryLocator": self.locator})),
            other => panic!("openapi.yaml has the operation {other}, and there is no call for it"),
        };
        client.post(format!("/v1/action/{name}")).json(&body)
    }
}

/// A payment that is the only one with a card.
fn outcome(card: &str) -> Value {
    json!({
        "paymentId": format!("payment with {card}"), "result": "failed",
        "time": "2026-01-31T12:00:00Z", "code": "card_declined",
    })
}

/// The same call, to be carried out later: without a security code, which cannot be kept.
fn later(call: &Call, client: &Client) -> Call {
    let request = call.request();
    let target = request.target.replacen("/v1/", "/v1/async/", 1);
    let call = client.call(&request.method, target);
    match serde_json::from_slice::<Value>(&request.plain) {
        Err(_) => call,
        Ok(mut body) => {
            body.as_object_mut().unwrap().shift_remove("securityCode");
            call.json(&body)
        }
    }
}

/// The status of an operation that was granted.
pub(crate) fn granted(operation: &Operation) -> u16 {
    if operation.answers.contains_key(&202) { 202 } else { 200 }
}

/// The operations that ask who is calling.
pub(crate) fn guarded() -> impl Iterator<Item = &'static Operation> {
    Spec::get()
        .operations
        .iter()
        .filter(|operation| operation.right != "none" && operation.is_zuoras())
}

/// Whether an operation has a parameter.
pub(crate) fn takes(operation: &Operation, parameter: &str) -> bool {
    operation.parameters.iter().any(|known| known.name == parameter)
}

/// Whether an operation answers line by line: what goes wrong is in the lines.
pub(crate) fn is_streamed(operation: &Operation) -> bool {
    operation.tag == "Bulk"
}

/// Whether an operation changes something.
pub(crate) fn writes(operation: &Operation) -> bool {
    takes(operation, "Idempotency-Key")
}

/// Whether failures of an operation have a status of their own for callers of every version.
pub(crate) fn has_real_statuses(operation: &Operation) -> bool {
    ["Bulk", "CRUD", "Actions", "Object query", "Token", "Sandbox"]
        .contains(&operation.tag.as_str())
}
