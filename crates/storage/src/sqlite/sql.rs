//! The statements, each named after what it does.
//!
//! In those that select, the card is `c` and its account `a`; the columns come in the order in
//! which [`super::cells`] reads them.

use super::place::{OfCard, of_card};

/// An account, and what the card that goes by the letter knows of its chain if it is the lone one; at the
/// end where the latest events are, as the one knows it and the other.
macro_rules! account_columns {
    ($card:literal) => {
        concat!(
            "a.entity, a.account_key, a.id, a.number, a.default_card, a.version, a.event_seq, \
             a.event_head, a.details, a.created_at, a.updated_at, a.lone_card, ",
            $card,
            ".event_seq, ",
            $card,
            ".event_head, ",
            $card,
            ".updated_at, a.event_row, a.event_marked, ",
            $card,
            ".event_row, ",
            $card,
            ".event_marked"
        )
    };
}

macro_rules! card_columns {
    () => {
        "c.id, c.entity, c.account_key, c.card_type, c.bin, c.last4, c.digits, c.sealed, \
         c.key_version, c.fingerprint, c.expiry_month, c.expiry_year, c.holder_name, c.holder, \
         c.extras, c.custom, c.activity, c.failures, c.status, c.retry_use_default, \
         c.retry_window, c.retry_max, c.created_at, c.created_by, c.updated_at, c.updated_by"
    };
}

/// A card and what its account says of it.
macro_rules! filed_columns {
    () => {
        concat!(card_columns!(), ", a.id, a.default_card")
    };
}

/// Found by its number. The names only have to be right: a file that was changed by hand leads nobody to
/// what is not theirs.
macro_rules! its_account {
    () => {
        its_account!("c.account_row")
    };
    ($row:literal) => {
        concat!(
            "a.row = ",
            $row,
            " AND +a.bucket = c.bucket AND +a.entity = c.entity \
             AND +a.account_key = c.account_key"
        )
    };
}

/// The same where the card does not tell of its account. Nothing equals null, so the account of one that
/// does is not looked for.
macro_rules! its_account_unless_told {
    () => {
        its_account!("CASE WHEN c.account_id IS NULL THEN c.account_row END")
    };
}

macro_rules! filed_cards {
    () => {
        concat!("SELECT ", filed_columns!(), " FROM card c JOIN account a ON ", its_account!(), " ")
    };
}

/// Accounts with what their lone cards know.
macro_rules! accounts {
    () => {
        concat!(
            "SELECT ",
            account_columns!("h"),
            " FROM account a LEFT JOIN card h ON h.entity = a.entity AND h.id = a.lone_card \
             AND h.bucket = a.bucket "
        )
    };
}

pub(super) const FILED_COLUMNS: &str = filed_columns!();

pub(super) const FIND_ACCOUNT: &str =
    concat!(accounts!(), "WHERE a.bucket = ?1 AND a.entity = ?2 AND a.account_key = ?3");

/// The id of an account that nobody can name is not one to find it by.
pub(super) const FIND_KEY: &str = "SELECT account_key FROM account \
     WHERE entity = ?1 AND id = ?2 AND substr(account_key, 1, 1) <> '~'";

pub(super) const FIND_ALIAS: &str =
    "SELECT account_key FROM alias WHERE bucket = ?1 AND entity = ?2 AND alias = ?3";

pub(super) const FIND_CARD: OfCard = of_card!("SELECT ", card_columns!(), " FROM card c");

/// What the lone card of an account knows of its chain is asked of the very card: if it is not the lone
/// one, it knows nothing that the account does not.
pub(super) const FIND_CARD_AND_ACCOUNT: OfCard = of_card!(
    "SELECT ",
    card_columns!(),
    ", ",
    account_columns!("c"),
    ", c.account_id, c.is_default FROM card c LEFT JOIN account a ON ",
    its_account_unless_told!()
);

/// What the account would say is told by the card, if it can.
pub(super) const FIND_FILED_CARD: OfCard = of_card!(
    "SELECT ",
    card_columns!(),
    ", coalesce(c.account_id, a.id), \
     iif(c.account_id IS NULL, a.default_card, iif(c.is_default, c.id, NULL)) \
     FROM card c LEFT JOIN account a ON ",
    its_account_unless_told!();
    " AND coalesce(c.account_id, a.id) IS NOT NULL"
);

pub(super) const FIND_LOOKALIKES: &str = concat!(
    "SELECT ",
    card_columns!(),
    " FROM card c WHERE c.bucket = ?1 AND c.entity = ?2 AND c.account_key = ?3 AND c.last4 = ?4"
);

pub(super) const FIND_RECEIPT: &str = "SELECT key, request, outcome, at FROM receipt \
     WHERE bucket = ?1 AND entity = ?2 AND key = ?3";

pub(super) const LIST_CARDS: &str = concat!(
    filed_cards!(),
    "WHERE c.bucket = ?1 AND c.entity = ?2 AND c.account_key = ?3 \
     ORDER BY c.updated_at DESC, c.id DESC LIMIT ?4 OFFSET ?5"
);

pub(super) const LIST_ACTIVE_CARDS: &str = concat!(
    filed_cards!(),
    "WHERE c.bucket = ?1 AND c.entity = ?2 AND c.account_key = ?3 AND c.status = 'Active' \
     ORDER BY c.updated_at DESC, c.id DESC LIMIT ?4 OFFSET ?5"
);

/// Where an account's latest event is: its number, its row, and that of the latest marked one.
pub(super) const FIND_END: &str = "SELECT coalesce(max(c.event_seq, a.event_seq), a.event_seq), \
     iif(c.event_seq > a.event_seq, c.event_row, a.event_row), \
     iif(c.event_seq > a.event_seq, c.event_marked, a.event_marked) \
     FROM account a LEFT JOIN card c \
     ON c.entity = a.entity AND c.id = a.lone_card AND c.bucket = a.bucket \
     WHERE a.bucket = ?1 AND a.entity = ?2 AND a.account_key = ?3";

pub(super) const FIND_EVENT: &str = "SELECT entity, account_key, seq, kind, card_id, at, client, \
     track, body, previous, hash, before FROM event WHERE id = ?1";

pub(super) const FIND_LINKS: &str = "SELECT before, marked FROM event WHERE id = ?1";

pub(super) const LIST_ORPHANS: &str = "SELECT entity, id FROM card \
     WHERE substr(account_key, 1, 1) = '~' AND created_at < ?1 ORDER BY created_at, id LIMIT ?2";

pub(super) const LIST_TOKENS: &str = "SELECT entity, id FROM card \
     WHERE substr(account_key, 1, 1) = '~' AND extras ->> 'isToken' IS NOT NULL \
     AND created_at < ?1 ORDER BY created_at, id LIMIT ?2";

pub(super) const LIST_ACCOUNTS: &str = concat!(
    accounts!(),
    "WHERE a.entity = ?1 AND substr(a.account_key, 1, 1) <> '~' \
     AND a.id < ?2 ORDER BY a.id DESC LIMIT ?3"
);

pub(super) const INSERT_ACCOUNT: &str = "INSERT INTO account (bucket, entity, account_key, id, \
     number, default_card, lone_card, version, event_seq, event_head, event_row, event_marked, \
     details, created_at, updated_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT DO NOTHING";

pub(super) const UPDATE_ACCOUNT: &str = "UPDATE account SET default_card = ?5, lone_card = ?6, \
     version = ?7, event_seq = ?8, event_head = ?9, event_row = ?10, event_marked = ?11, \
     updated_at = ?12 \
     WHERE bucket = ?1 AND entity = ?2 AND account_key = ?3 AND version = ?4";

pub(super) const UPDATE_DETAILS: &str = "UPDATE account SET details = ?4 \
     WHERE bucket = ?1 AND entity = ?2 AND account_key = ?3";

/// The row's own number comes late; where it is taken, the row gets another.
pub(super) const INSERT_CARD: &str = "INSERT INTO card (bucket, id, entity, account_key, \
     account_row, card_type, bin, last4, digits, sealed, key_version, fingerprint, expiry_month, \
     expiry_year, holder_name, holder, extras, custom, activity, failures, status, \
     retry_use_default, retry_window, retry_max, created_at, created_by, updated_at, updated_by, \
     event_seq, event_head, event_row, event_marked, account_id, is_default, row, \
     room) \
     VALUES (?1, ?2, ?3, ?4, \
     (SELECT row FROM account WHERE entity = ?3 AND account_key = ?4 AND bucket = ?1), \
     ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, \
     ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, \
     iif(EXISTS (SELECT 1 FROM card WHERE row = ?34), NULL, ?34), zeroblob(?35))";

/// SQLite rewrites an index whose columns are named, changed or not; so only what may change is.
macro_rules! change_card {
    ($head:literal) => {
        of_card!(
            "UPDATE card AS c SET expiry_month = ?5, expiry_year = ?6, \
             holder_name = ?7, holder = ?8, extras = ?9, custom = ?10, activity = ?11, failures = ?12, \
             status = ?13, retry_use_default = ?14, retry_window = ?15, retry_max = ?16, \
             updated_at = ?17, updated_by = ?18, room = zeroblob(?19)",
            $head
        )
    };
}

/// Of an account whose row is written, of which the card tells nothing any more.
pub(super) const CHANGE_CARD: OfCard = change_card!(", account_id = NULL, is_default = NULL");

pub(super) const SILENCE_CARD: OfCard = of_card!(
    "UPDATE card AS c SET account_id = NULL, is_default = NULL";
    " AND c.account_id IS NOT NULL"
);

/// Of an account's lone card, which tells what the account's row would have to.
pub(super) const CHANGE_LONE_CARD: OfCard =
    change_card!(", event_seq = ?20, event_head = ?21, event_row = ?22, event_marked = ?23");

pub(super) const DELETE_CARD: OfCard = of_card!("DELETE FROM card AS c");

pub(super) const INSERT_EVENT: &str = "INSERT INTO event (bucket, entity, account_key, seq, kind, \
     card_id, at, client, track, body, previous, hash, before, marked) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

/// An outdated answer gives way.
pub(super) const KEEP_RECEIPT: &str = "INSERT INTO receipt (bucket, entity, key, request, \
     outcome, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET \
     request = excluded.request, outcome = excluded.outcome, at = excluded.at";

pub(super) const INSERT_ALIAS: &str =
    "INSERT INTO alias (bucket, entity, alias, account_key) VALUES (?1, ?2, ?3, ?4)";

pub(super) const DELETE_ALIAS: &str =
    "DELETE FROM alias WHERE bucket = ?1 AND entity = ?2 AND alias = ?3 AND account_key = ?4";

pub(super) const FORGET_RECEIPTS: &str = "DELETE FROM receipt WHERE (bucket, entity, key) IN \
     (SELECT bucket, entity, key FROM receipt WHERE at < ?1 LIMIT ?2)";

pub(super) const LIST_ENTITIES: &str =
    "SELECT id, name, wrapped_keys, created_at FROM entity ORDER BY created_at, id";

pub(super) const INSERT_ENTITY: &str = "INSERT INTO entity (id, name, wrapped_keys, created_at) \
     VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

pub(super) const LIST_CLIENTS: &str = "SELECT id, name, secret_hash, entities, rights, \
     created_at, disabled_at FROM client ORDER BY created_at, id";

pub(super) const FIND_CLIENT: &str = "SELECT id, name, secret_hash, entities, rights, \
     created_at, disabled_at FROM client WHERE id = ?1";

pub(super) const INSERT_CLIENT: &str = "INSERT INTO client (id, name, secret_hash, entities, \
     rights, created_at, disabled_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";

pub(super) const DISABLE_CLIENT: &str = "UPDATE client SET disabled_at = ?2 WHERE id = ?1";

pub(super) const PING: &str = "SELECT count(*) FROM (SELECT 1 FROM entity LIMIT 1)";
