//! The contract and the code agree about limits, rights and routes.

use cardfile_domain::{
    client::Right,
    custom_fields::{CustomFieldName, CustomFields},
    failures::ConsecutiveFailures,
    limits,
    retry_rule::{MaxFailures, RetryWindow},
    text,
    track_id::TrackId,
};
use cardfile_tests::{alone, spec::Spec, suite::Case};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    alone![
        every_text_is_as_long_as_in_the_contract,
        every_number_has_the_bounds_of_the_contract,
        every_limit_is_the_one_of_the_contract,
        every_right_of_the_contract_is_one,
        every_field_of_the_seed_is_in_the_contract,
    ]
}

fn every_text_is_as_long_as_in_the_contract() {
    macro_rules! lengths {
        ($($name:ident),+ $(,)?) => {
            [$((stringify!($name), text::$name::MAX_CHARS)),+]
        };
    }
    let lengths = lengths![
        AccountNumber,
        AddressLine,
        CardHolderName,
        City,
        ConsentRef,
        Cryptogram,
        DeviceSessionId,
        Email,
        GatewayCode,
        GatewayName,
        GatewayNumber,
        IdentityNumber,
        IpAddress,
        MandateId,
        MandateReason,
        MandateStatus,
        NetworkTransactionId,
        PaymentId,
        PaymentMethodNumber,
        Phone,
        StateName,
        ZipCode,
    ];
    let spec = Spec::get();
    for (name, chars) in lengths {
        assert_eq!(spec.schema(name)["maxLength"], json!(chars), "{name}");
    }
    let custom = spec.schema("CustomFieldValue");
    assert_eq!(custom["maxLength"], json!(CustomFields::MAX_VALUE_CHARS));
    assert_eq!(spec.schema("TrackId")["maxLength"], json!(TrackId::MAX_CHARS));
    let key = spec.schema("IdempotencyKey");
    assert_eq!(key["maxLength"], json!(limits::IDEMPOTENCY_KEY_CHARS_MAX));
}

fn every_number_has_the_bounds_of_the_contract() {
    let spec = Spec::get();
    for (name, min, max) in [
        ("ConsecutiveFailures", 0, u16::from(ConsecutiveFailures::MAX)),
        ("RetryWindow", RetryWindow::MIN, RetryWindow::MAX),
        ("MaxFailures", u16::from(MaxFailures::MIN), u16::from(MaxFailures::MAX)),
        ("ExpirationMonth", 1, 12),
        ("ExpirationYear", 1000, 9999),
    ] {
        let schema = spec.schema(name);
        assert_eq!((&schema["minimum"], &schema["maximum"]), (&json!(min), &json!(max)), "{name}");
    }
    let page = &spec.operation("queryPaymentMethods").parameters;
    let page = page.iter().find(|parameter| parameter.name == "pageSize").unwrap();
    assert_eq!(page.schema["maximum"], json!(limits::OBJECT_QUERY_PAGE_MAX));
    let records = &spec.schema("ActionRecords")["properties"]["records"];
    assert_eq!(records["maxItems"], json!(limits::QUERY_BATCH_MAX));
    let objects = &spec.schema("ActionObjects")["properties"]["objects"];
    assert_eq!(objects["maxItems"], json!(limits::ACTION_OBJECTS_MAX));
}

fn every_limit_is_the_one_of_the_contract() {
    let mut known = json!({
        "bodyBytesMax": limits::BODY_BYTES_MAX,
        "jsonValuesMax": limits::JSON_VALUES_MAX,
        "tokenBytesMax": limits::TOKEN_BYTES_MAX,
        "inflateRatioMax": limits::INFLATE_RATIO_MAX,
        "inflateRatioFreeBytes": limits::INFLATE_RATIO_FREE_BYTES,
        "headerBytesMax": limits::HEADER_BYTES_MAX,
        "replyBytesUncompressedMax": limits::REPLY_BYTES_UNCOMPRESSED_MAX,
        "laneQueueMax": limits::LANE_QUEUE_MAX,
        "pageSizeDefault": limits::PAGE_SIZE_DEFAULT,
        "pageSizeMax": limits::PAGE_SIZE_MAX,
        "objectQueryPageDefault": limits::PAGE_SIZE_DEFAULT,
        "objectQueryPageMax": limits::OBJECT_QUERY_PAGE_MAX,
        "bulkLineBytesMax": limits::BULK_LINE_BYTES_MAX,
        "bulkColumnsMax": limits::BULK_COLUMNS_MAX,
        "bulkInFlightMax": limits::BULK_IN_FLIGHT_MAX,
        "bulkAtOnce": limits::BULK_AT_ONCE,
        "bulkIdleSeconds": limits::BULK_IDLE_SECONDS,
        "unreadSeconds": limits::UNREAD_SECONDS,
        "actionObjectsMax": limits::ACTION_OBJECTS_MAX,
        "reasonsMax": limits::REASONS_MAX,
        "queryBatchMax": limits::QUERY_BATCH_MAX,
        "accountListMax": limits::ACCOUNT_LIST_MAX,
        "detailsBytesMax": limits::DETAILS_BYTES_MAX,
        "customFieldsMax": CustomFields::MAX_FIELDS,
        "customFieldNameCharsMax": CustomFieldName::MAX_CHARS,
        "customFieldValueCharsMax": CustomFields::MAX_VALUE_CHARS,
        "trackIdCharsMax": TrackId::MAX_CHARS,
        "idempotencyKeyCharsMax": limits::IDEMPOTENCY_KEY_CHARS_MAX,
        "receiptHours": limits::RECEIPT_HOURS,
        "errandHours": limits::ERRAND_HOURS,
        "errandsWaitingMax": limits::ERRANDS_WAITING_MAX,
        "errandsAtOnce": limits::ERRANDS_AT_ONCE,
        "webhookSeconds": limits::WEBHOOK_SECONDS,
        "questionHours": limits::QUESTION_HOURS,
        "errandTriesMax": limits::ERRAND_TRIES_MAX,
        "orphanDays": limits::ORPHAN_DAYS,
        "tokenSeconds": limits::TOKEN_SECONDS,
    });
    // The macro cannot take any number of members.
    for (name, limit) in [
        ("cardTokenHours", json!(limits::CARD_TOKEN_HOURS)),
        ("cardTokensAMinute", json!(limits::CARD_TOKENS_A_MINUTE)),
        ("cardTokensOfKeyAMinute", json!(limits::CARD_TOKENS_OF_KEY_A_MINUTE)),
        ("stripePageDefault", json!(limits::STRIPE_PAGE_DEFAULT)),
        ("stripePageMax", json!(limits::STRIPE_PAGE_MAX)),
        ("sessionHours", json!(limits::SESSION_HOURS)),
    ] {
        known[name] = limit;
    }
    let told = Spec::get().document["x-cardfile-limits"].as_object().unwrap().clone();
    for (name, value) in &told {
        match name.as_str() {
            // A cache a few seconds old is well within the time that is promised.
            "clientDisabledSeconds" => {
                assert!(limits::CLIENT_CACHE_SECONDS < value.as_i64().unwrap());
            }
            _ => assert_eq!(known.get(name), Some(value), "{name}"),
        }
    }
    for name in known.as_object().unwrap().keys() {
        assert!(told.contains_key(name), "openapi.yaml does not tell {name}");
    }
}

fn every_right_of_the_contract_is_one() {
    for operation in &Spec::get().operations {
        let known = Right::ALL.iter().any(|right| right.as_str() == operation.right);
        assert!(known || operation.right == "none", "{}", operation.id);
    }
}

fn every_field_of_the_seed_is_in_the_contract() {
    let update = Spec::get().schema("UpdateCreditCard");
    let mut names: Vec<_> = update["properties"].as_object().unwrap().keys().collect();
    names.sort();
    let seed = [
        "addressLine1",
        "addressLine2",
        "cardHolderName",
        "city",
        "country",
        "defaultPaymentMethod",
        "email",
        "expirationMonth",
        "expirationYear",
        "gatewayOptions",
        "numConsecutiveFailures",
        "phone",
        "securityCode",
        "state",
        "zipCode",
    ];
    assert_eq!(names, seed);
    assert_eq!(update["additionalProperties"], Value::Bool(false));
    let custom = update["patternProperties"].as_object().unwrap().keys().next().unwrap();
    assert!(custom.ends_with("__c$"), "{custom}");
}
