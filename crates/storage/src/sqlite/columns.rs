//! What the columns are called, for naming one that cannot be read.

/// What the columns are called, in the order in which they are selected.
pub(super) fn column(table: &'static str, index: usize) -> &'static str {
    let columns: &[&str] = match table {
        "account" => &ACCOUNT,
        "card" if index >= CARD.len() => return column("account", index - CARD.len()),
        "card" => &CARD,
        "errand" => &ERRAND,
        "event" => &EVENT,
        "payment_log" => &["id", "entity", "card_id", "snapshot_id", "at", "outcome"],
        "snapshot" => &["id", "entity", "card_id", "at", "face"],
        "receipt" => &["key", "request", "outcome", "at"],
        "api_key" => &["id", "kind", "identifier", "entity", "created_at"],
        "session" => &["hash", "entity", "client", "expires_at"],
        "entity" => &["id", "name", "wrapped_keys", "created_at"],
        "client" => {
            &["id", "name", "secret_hash", "entities", "rights", "created_at", "disabled_at"]
        }
        _ => &[],
    };
    columns.get(index).copied().unwrap_or("?")
}

/// Of `account`, and of the card that is its lone one.
const ACCOUNT: [&str; 21] = [
    "entity",
    "account_key",
    "id",
    "number",
    "default_card",
    "version",
    "event_seq",
    "event_head",
    "details",
    "created_at",
    "updated_at",
    "lone_card",
    "event_seq",
    "event_head",
    "updated_at",
    "event_row",
    "event_marked",
    "event_row",
    "event_marked",
    "account_id",
    "is_default",
];

/// Where in it the columns begin that the lone card knows, that lead to the events it knows, and that tell of
/// the account.
pub(super) const NOTED: usize = 12;
pub(super) const CHAIN_OF_CARD: usize = 17;
pub(super) const TOLD: usize = 19;

pub(super) const CARD: [&str; 26] = [
    "id",
    "entity",
    "account_key",
    "card_type",
    "bin",
    "last4",
    "digits",
    "sealed",
    "key_version",
    "fingerprint",
    "expiry_month",
    "expiry_year",
    "holder_name",
    "holder",
    "extras",
    "custom",
    "activity",
    "failures",
    "status",
    "retry_use_default",
    "retry_window",
    "retry_max",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
];

const ERRAND: [&str; 9] =
    ["entity", "id", "client", "note", "key_version", "tries", "at", "due", "finished_at"];

const EVENT: [&str; 12] = [
    "entity",
    "account_key",
    "seq",
    "kind",
    "card_id",
    "at",
    "client",
    "track",
    "body",
    "previous",
    "hash",
    "before",
];
