//! Rows as NDJSON or CSV.
//!
//! A table needs to know its columns before its first row. Those of a card are known; the tenant's
//! own fields are not, so the cards are looked through for their names first.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use cardfile_domain::limits::BULK_COLUMNS_MAX;
use serde_json::Value;

use super::row::Row;
use crate::file_form::Format;

/// The columns that every table has, in their order. What is inside an object is named after it.
const COLUMNS: [&str; 40] = [
    "externalKey",
    "type",
    "accountKey",
    "cardType",
    "cardNumber",
    "expirationMonth",
    "expirationYear",
    "makeDefault",
    "status",
    "mayBeExpired",
    "numConsecutiveFailures",
    "useDefaultRetryRule",
    "paymentRetryWindow",
    "maxConsecutivePaymentFailures",
    "authGateway",
    "paymentGatewayNumber",
    "currencyCode",
    "ipAddress",
    "identityNumber",
    "deviceSessionId",
    "paymentMethodNumber",
    "cardHolderInfo.cardHolderName",
    "cardHolderInfo.addressLine1",
    "cardHolderInfo.addressLine2",
    "cardHolderInfo.city",
    "cardHolderInfo.country",
    "cardHolderInfo.email",
    "cardHolderInfo.phone",
    "cardHolderInfo.state",
    "cardHolderInfo.zipCode",
    "mandateInfo.mandateId",
    "mandateInfo.mandateReason",
    "mandateInfo.mandateStatus",
    "mandateInfo.mitProfileAction",
    "mandateInfo.mitProfileType",
    "mandateInfo.mitConsentAgreementSrc",
    "mandateInfo.mitConsentAgreementRef",
    "mandateInfo.mitTransactionId",
    "mandateInfo.mitProfileAgreedOn",
    "skipValidation",
];

/// How rows are written.
pub(super) enum Layout {
    Lines,
    Table(Vec<String>),
}

impl Layout {
    /// The layout for cards that have these fields of the tenant's own.
    /// There is none if these are more than an upload may have columns.
    pub(super) fn new(format: Format, own: &BTreeSet<String>) -> Option<Self> {
        match format {
            Format::Ndjson => Some(Self::Lines),
            Format::Csv if COLUMNS.len() + own.len() > BULK_COLUMNS_MAX => None,
            Format::Csv => {
                let columns = COLUMNS.iter().map(ToString::to_string);
                Some(Self::Table(columns.chain(own.iter().cloned()).collect()))
            }
        }
    }

    /// What stands before the first row.
    pub(super) fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Lines => Ok(()),
            Self::Table(columns) => writeln_csv(out, columns.iter().map(String::as_str)),
        }
    }

    pub(super) fn row(&self, out: &mut dyn Write, row: &Row) -> io::Result<()> {
        match self {
            Self::Lines => {
                serde_json::to_writer(&mut *out, row)?;
                out.write_all(b"\n")
            }
            Self::Table(columns) => {
                let own = row.keys().filter(|name| name.ends_with("__c"));
                if own.into_iter().any(|name| !columns.contains(name)) {
                    return Err(io::Error::other("a card got a new custom field; try again"));
                }
                let cells: Vec<_> = columns.iter().map(|column| cell(row, column)).collect();
                writeln_csv(out, cells.iter().map(String::as_str))
            }
        }
    }
}

fn cell(row: &Row, column: &str) -> String {
    let value = match column.split_once('.') {
        Some((object, name)) => row.get(object).and_then(|object| object.get(name)),
        None => row.get(column),
    };
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn writeln_csv<'c>(out: &mut dyn Write, cells: impl Iterator<Item = &'c str>) -> io::Result<()> {
    let mut line = String::new();
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            line.push(',');
        }
        if cell.contains(['"', ',', '\r', '\n']) {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(cell);
        }
    }
    line.push_str("\r\n");
    out.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(format: Format, row: &Value) -> String {
        let own = BTreeSet::from(["Own__c".to_owned()]);
        let layout = Layout::new(format, &own).unwrap();
        let mut out = Vec::new();
        layout.head(&mut out).unwrap();
        layout.row(&mut out, row.as_object().unwrap()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_row_is_a_line_of_json_or_cells_under_its_columns() {
        let row = json!({
            "type": "CreditCard",
            "makeDefault": true,
            "cardHolderInfo": {"cardHolderName": "Leo \"the\" Lion, Esq."},
            "Own__c": 7,
        });
        assert_eq!(written(Format::Ndjson, &row), format!("{row}\n"));
        let table = written(Format::Csv, &row);
        let (head, cells) = table.split_once("\r\n").unwrap();
        assert!(head.starts_with("externalKey,type,") && head.ends_with(",Own__c"), "{head}");
        assert!(cells.starts_with(",CreditCard,") && cells.ends_with(",7\r\n"), "{cells}");
        assert!(cells.contains(",\"Leo \"\"the\"\" Lion, Esq.\","), "{cells}");
    }
}
