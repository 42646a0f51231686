//! The parameters of an object query.

use std::borrow::Cow;

use cardfile_domain::{
    id::EntityId,
    limits::{OBJECT_QUERY_PAGE_MAX, PAGE_SIZE_DEFAULT},
    query::Condition,
};

use super::{cursor::Cursor, expand::View, filter::Filter, sort::Sort};
use crate::{
    failure::Failure,
    zoql::{compare::Asker, field::Field, moment::Precision},
};

/// As many values as ZOQL has conditions: the store is asked the same kind of question.
const VALUES_MAX: usize = 200;

/// An object query that was understood.
#[derive(Debug)]
pub(super) struct Params {
    /// What must hold, all of it.
    pub(super) conditions: Vec<Condition>,
    /// In which order.
    pub(super) sort: Sort,
    /// How many at the most.
    pub(super) page_size: usize,
    /// Where to go on.
    pub(super) cursor: Option<Cursor>,
    /// What to show.
    pub(super) view: View,
}

/// Refuses a parameter. The complaint never holds its value.
pub(super) fn bad(complaint: impl Into<Cow<'static, str>>) -> Failure {
    Failure::BadQuery(complaint.into())
}

impl Params {
    pub(super) fn read(query: &str, entity: EntityId) -> Result<Self, Failure> {
        let asker = Asker { entity, precision: Precision::Second };
        let mut params = Self {
            conditions: Vec::new(),
            sort: Sort::default(),
            page_size: PAGE_SIZE_DEFAULT,
            cursor: None,
            view: View::default(),
        };
        let mut sorts = Vec::new();
        let mut values = 0;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            // "These parameters are case-insensitive matching."
            match name.to_ascii_lowercase().as_str() {
                // Zuora's own examples begin with `?=&`.
                "" => {}
                "pagesize" => params.page_size = page_size(&value)?,
                "cursor" if value.is_empty() => {}
                "cursor" => params.cursor = Some(Cursor::read(&value)?),
                "filter[]" => {
                    let filter = Filter::read(&value)?;
                    values += filter.values();
                    if values > VALUES_MAX {
                        let complaint = format!("'filter[]': at most {VALUES_MAX} values");
                        return Err(bad(complaint));
                    }
                    params.conditions.push(filter.condition(asker)?);
                }
                "sort[]" => sorts.extend(items(&value).map(ToOwned::to_owned)),
                "fields[]" | "paymentmethod.fields[]" => {
                    let fields = items(&value).map(field).collect::<Result<Vec<_>, _>>()?;
                    params.view.fields.get_or_insert_default().extend(fields);
                }
                "account.fields[]" => {
                    let names = items(&value).map(str::to_ascii_lowercase);
                    params.view.account_fields.get_or_insert_default().extend(names);
                }
                "expand[]" => {
                    for object in items(&value) {
                        params.view.expand(object)?;
                    }
                }
                "includenullfields" => params.view.nulls = flag(&value)?,
                _ => {
                    return Err(bad("There is a query parameter that nobody knows. Known are \
                                    pageSize, cursor, filter[], sort[], fields[], expand[] and \
                                    includeNullFields."));
                }
            }
        }
        match sorts.as_slice() {
            [] => {}
            [sort] => params.sort = Sort::read(sort)?,
            _ => return Err(bad("'sort[]': a list is sorted by one field only.")),
        }
        Ok(params)
    }
}

/// Several values may share a parameter.
fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn field(name: &str) -> Result<Field, Failure> {
    Field::named(name).ok_or_else(|| bad("'fields[]': a payment method has no such field."))
}

fn page_size(value: &str) -> Result<usize, Failure> {
    value.parse().ok().filter(|size| (1..=OBJECT_QUERY_PAGE_MAX).contains(size)).ok_or_else(|| {
        bad(format!("'pageSize' must be a whole number from 1 to {OBJECT_QUERY_PAGE_MAX}."))
    })
}

fn flag(value: &str) -> Result<bool, Failure> {
    value
        .to_ascii_lowercase()
        .parse()
        .map_err(|_| bad("'includeNullFields' must be true or false."))
}
