//! The limits that are not those of one field, in one place; `openapi.yaml` states the same of those
//! that a caller can meet.

/// A request body after inflating, except for streamed ones.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Values in a JSON body; objects and arrays are counted beside what is in them.
pub const JSON_VALUES_MAX: usize = 50_000;
/// The form that a token is asked for with, after inflating.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// How many bytes one compressed byte may become.
pub const INFLATE_RATIO_MAX: u64 = 100;
/// Below this size a body is not suspected whatever its ratio: short text compresses very well.
pub const INFLATE_RATIO_FREE_BYTES: u64 = 64 * 1024;
/// All headers of a request together.
pub const HEADER_BYTES_MAX: usize = 32 * 1024;
/// "Responses that contain over 1000 bytes of data" are compressed.
pub const REPLY_BYTES_UNCOMPRESSED_MAX: u64 = 1000;
/// Writes that may wait in one lane; past it the answer is 429.
pub const LANE_QUEUE_MAX: usize = 4096;
/// Writes of bulk uploads that may wait in one lane; past it the upload waits.
pub const LANE_PATIENT_MAX: usize = 512;
/// Writes that a lane takes together.
pub const LANE_BATCH_MAX: usize = 256;
/// Writes of uploads that a lane takes together right after single writes.
pub const LANE_PATIENT_BESIDE: usize = 4;
/// How often a write is decided anew when another process was faster.
pub const DECIDE_TRIES_MAX: usize = 8;
/// What is kept of an account that is not about cards, as JSON.
pub const DETAILS_BYTES_MAX: usize = 64 * 1024;
/// Page size of the older list where the caller names none.
pub const PAGE_SIZE_DEFAULT: usize = 10;
/// The largest page of the older list; larger wishes get this many.
pub const PAGE_SIZE_MAX: usize = 40;
/// The largest page of an object query.
pub const OBJECT_QUERY_PAGE_MAX: usize = 50;
/// Objects in one call of an action.
pub const ACTION_OBJECTS_MAX: usize = 50;
/// Mistakes that one answer names of one request or object.
pub const REASONS_MAX: usize = 100;
/// Records in one answer of a query action.
pub const QUERY_BATCH_MAX: usize = 2000;
/// Cards of one account that one answer lists.
pub const ACCOUNT_LIST_MAX: usize = 10_000;
/// A line of a bulk upload, after inflating.
pub const BULK_LINE_BYTES_MAX: usize = 64 * 1024;
/// Columns of a bulk upload in CSV.
pub const BULK_COLUMNS_MAX: usize = 256;
/// Lines of one bulk upload that were read and not yet answered.
pub const BULK_IN_FLIGHT_MAX: usize = 512;
/// Bulk uploads that one process takes at the same time; past it the answer is 429.
pub const BULK_AT_ONCE: usize = 16;
/// How long a bulk upload may send nothing.
pub const BULK_IDLE_SECONDS: u64 = 30;
/// How long a caller may take nothing of its answer.
pub const UNREAD_SECONDS: u64 = 120;
/// "Idempotency-Key … 255 characters or less".
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
/// How long the answer to a claim is kept.
pub const RECEIPT_HOURS: i64 = 24;
/// The year in which the answers to outcomes of payments are filed, so that they are never outdated.
pub const LASTING_YEAR: i16 = 9000;
/// A card without an account is forgotten after this many days.
pub const ORPHAN_DAYS: i64 = 10;
/// A card that was made as a single-use token can be used for so long; after that it is forgotten.
pub const CARD_TOKEN_HOURS: i64 = 24;
/// Tokens that may be made from one address with one publishable key in a minute; past it the answer
/// is 429.
pub const CARD_TOKENS_A_MINUTE: u32 = 60;
/// The same from all addresses together.
pub const CARD_TOKENS_OF_KEY_A_MINUTE: u32 = 1200;
/// Objects in one part of a list of cards or customers where the caller names no number.
pub const STRIPE_PAGE_DEFAULT: usize = 10;
/// The most objects in one part of such a list.
pub const STRIPE_PAGE_MAX: usize = 100;
/// How long a session of the Catalyze dialect is good for.
pub const SESSION_HOURS: i64 = 24;
/// How long an access token is good for.
pub const TOKEN_SECONDS: i64 = 3600;
/// A disabled client's tokens stop within this time.
pub const CLIENT_CACHE_SECONDS: i64 = 5;
/// How long the answer to an asynchronous request is kept.
pub const ERRAND_HOURS: i64 = 24;
/// Hours for which it is tried to find out what became of a question that a gateway left without an
/// answer.
pub const QUESTION_HOURS: i64 = 24;
/// Seconds by which a webhook may have been signed before it comes, or after: Stripe's own tolerance.
pub const WEBHOOK_SECONDS: u64 = 300;
/// Asynchronous requests of an entity that may wait; past it the answer is 429.
pub const ERRANDS_WAITING_MAX: u64 = 10_000;
/// Asynchronous requests that one process carries out at the same time.
pub const ERRANDS_AT_ONCE: usize = 16;
/// How often an asynchronous request is tried when what hinders it may pass.
pub const ERRAND_TRIES_MAX: u16 = 8;
