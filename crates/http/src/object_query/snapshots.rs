//! Snapshots of cards, listed in the order in which they were taken.
//!
//! There is one thing that they are looked for by: the card. Everything else about them is what the
//! card was.

use axum::{extract::RawQuery, response::Response};
use cardfile_domain::{
    id::{PaymentMethodId, SnapshotId},
    limits::{OBJECT_QUERY_PAGE_MAX, PAGE_SIZE_DEFAULT},
    ports::SnapshotPage,
    snapshot::Snapshot,
};
use serde_json::{Map, Value};

use super::{Page, params::bad};
use crate::{
    UseCases, crud::snapshot::record, failure::Failure, layers::Entered, reply, rest::path::Keyed,
};

const UNKNOWN: &str = "There is a query parameter that nobody knows. Known are pageSize, cursor, \
                       filter[] and fields[].";

/// A query of snapshots that was understood.
#[derive(Debug, Default)]
struct Params {
    page: SnapshotPage,
    fields: Vec<String>,
}

impl Params {
    fn read(query: &str) -> Result<Self, Failure> {
        let mut params = Self::default();
        params.page.limit = PAGE_SIZE_DEFAULT;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.to_ascii_lowercase().as_str() {
                "" => {}
                "cursor" if value.is_empty() => {}
                "pagesize" => params.page.limit = page_size(&value)?,
                "cursor" => params.page.after = Some(cursor(&value)?),
                "filter[]" => params.page.card = Some(of_card(&value)?),
                "fields[]" | "paymentmethodsnapshot.fields[]" => {
                    let names = value.split(',').map(|name| name.trim().to_ascii_lowercase());
                    params.fields.extend(names.filter(|name| !name.is_empty()));
                }
                _ => return Err(bad(UNKNOWN)),
            }
        }
        Ok(params)
    }

    /// A snapshot with the fields that were asked for, or all of them.
    fn show(&self, snapshot: &Snapshot) -> Map<String, Value> {
        let is_wanted =
            |name: &str| self.fields.is_empty() || self.fields.contains(&name.to_ascii_lowercase());
        let shown = record(snapshot).into_iter();
        let shown = shown.filter(|(name, value)| is_wanted(name) && !value.is_null());
        shown.map(|(name, value)| (camel(name), value)).collect()
    }
}

/// `GET /object-query/payment-method-snapshots`.
pub(crate) async fn list(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let params = Params::read(query.as_deref().unwrap_or_default())?;
    let size = params.page.limit;
    // One more than is shown tells whether there are more.
    let page = SnapshotPage { limit: size + 1, ..params.page.clone() };
    let mut found = service.list_snapshots(&caller, &page).await?;
    let is_last = found.len() <= size;
    found.truncate(size);
    let next_page = found.last().filter(|_| !is_last).map(|last| last.id.to_string());
    let data = found.iter().map(|snapshot| params.show(snapshot)).collect();
    Ok(reply::ok(&Page { next_page, data }))
}

/// `GET /object-query/payment-method-snapshots/{key}`.
pub(crate) async fn get(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: Keyed<SnapshotId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let params = Params::read(query.as_deref().unwrap_or_default())?;
    let found = service.find_snapshot(&caller, path.key).await?;
    let snapshot = found.ok_or_else(|| path.not_found())?;
    Ok(reply::ok(&params.show(&snapshot)))
}

fn page_size(value: &str) -> Result<usize, Failure> {
    value.parse().ok().filter(|size| (1..=OBJECT_QUERY_PAGE_MAX).contains(size)).ok_or_else(|| {
        bad(format!("'pageSize' must be a whole number from 1 to {OBJECT_QUERY_PAGE_MAX}."))
    })
}

fn cursor(value: &str) -> Result<SnapshotId, Failure> {
    value.parse().map_err(|_| bad("'cursor' is none that a list gave out."))
}

fn of_card(value: &str) -> Result<PaymentMethodId, Failure> {
    let (name, id) = value.split_once(':').unwrap_or_default();
    let id = id.parse().ok().filter(|_| name.eq_ignore_ascii_case("paymentMethodId.EQ"));
    id.ok_or_else(|| bad("'filter[]' of snapshots must be written as paymentMethodId.EQ:id."))
}

fn camel(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_ascii_lowercase())
}
