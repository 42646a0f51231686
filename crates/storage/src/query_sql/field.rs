//! How a field of a card is read, in either database.

use cardfile_domain::{custom_fields::CustomFieldName, query::CardField};

use super::{Dialect, Param, Renderer};

/// The column of a field that is an id.
pub(super) fn id_column(field: &CardField) -> Option<&'static str> {
    match field {
        CardField::Id => Some("c.id"),
        CardField::CreatedBy => Some("c.created_by"),
        CardField::UpdatedBy => Some("c.updated_by"),
        _ => None,
    }
}

impl Renderer {
    /// Writes what a field holds: a number, a flag, a moment in microseconds, or a text.
    pub(super) fn field(&mut self, field: &CardField) {
        match field {
            CardField::Id | CardField::CreatedBy | CardField::UpdatedBy => {
                self.id_as_text(id_column(field).unwrap_or("c.id"));
            }
            CardField::CardType => self.push("c.card_type"),
            CardField::MaskedNumber => {
                // Fifteen stars: the longest number has nineteen digits, and four of them show.
                self.push("(substr('***************', 1, c.digits - 4) || c.last4)");
            }
            CardField::BankIdentificationNumber => self.push("c.bin"),
            CardField::ExpirationMonth => self.push("c.expiry_month"),
            CardField::ExpirationYear => self.push("c.expiry_year"),
            CardField::HolderName => self.push("c.holder_name"),
            CardField::AddressLine1 => self.json_text("(c.holder ->> 'addressLine1')"),
            CardField::AddressLine2 => self.json_text("(c.holder ->> 'addressLine2')"),
            CardField::City => self.json_text("(c.holder ->> 'city')"),
            CardField::Country => self.json_text("(c.holder ->> 'country')"),
            CardField::State => self.json_text("(c.holder ->> 'state')"),
            CardField::ZipCode => self.json_text("(c.holder ->> 'zipCode')"),
            CardField::Email => self.json_text("(c.holder ->> 'email')"),
            CardField::Phone => self.json_text("(c.holder ->> 'phone')"),
            CardField::Status => self.push("c.status"),
            CardField::Failures => self.push("c.failures"),
            CardField::FailedPayments => self.payments("'failedPayments'"),
            CardField::ProcessedPayments => self.payments("'processedPayments'"),
            CardField::UseDefaultRetryRule => self.push("c.retry_use_default"),
            CardField::RetryWindow => self.push("c.retry_window"),
            CardField::MaxFailures => self.push("c.retry_max"),
            CardField::IsDefault => self.push("COALESCE(a.default_card = c.id, FALSE)"),
            CardField::CreatedAt => self.push("c.created_at"),
            CardField::UpdatedAt => self.push("c.updated_at"),
            CardField::Custom(name) => self.custom(name),
        }
    }

    /// How many payments there were of a kind; where there was none, nothing is kept.
    fn payments(&mut self, kind: &'static str) {
        self.push("COALESCE(CAST(c.activity ->> ");
        self.push(kind);
        self.push(" AS BIGINT), 0)");
    }

    /// 32 lower-case hex digits, whichever way the database keeps the id.
    fn id_as_text(&mut self, column: &'static str) {
        let (before, after) = match self.dialect {
            Dialect::Postgres => ("(replace(CAST(", " AS TEXT), '-', '') COLLATE \"C\")"),
            Dialect::Sqlite => ("lower(hex(", "))"),
        };
        self.push(before);
        self.push(column);
        self.push(after);
    }

    /// The other columns have the collation in which bytes are compared; what comes out of JSON has
    /// the database's, which differs between machines.
    fn json_text(&mut self, expression: &'static str) {
        self.push(expression);
        if self.dialect == Dialect::Postgres {
            self.push(" COLLATE \"C\"");
        }
    }

    /// A custom field as text; numbers and flags as they are written in JSON.
    fn custom(&mut self, name: &str) {
        if name.parse::<CustomFieldName>().is_err() {
            // No card has such a field, and SQLite would read some of them as a path.
            return self.push("CAST(NULL AS TEXT)");
        }
        let name = Param::Text(name.to_owned());
        match self.dialect {
            Dialect::Postgres => {
                self.push("((c.custom ->> ");
                self.param(name);
                self.push(") COLLATE \"C\")");
            }
            Dialect::Sqlite => {
                // Here `->>` turns numbers into SQL numbers and flags into 0 and 1.
                self.push("(CASE json_type(c.custom -> ");
                let number = self.param(name);
                self.push(") WHEN 'text' THEN c.custom ->> ");
                self.same_param(number);
                self.push(" WHEN 'null' THEN NULL ELSE c.custom -> ");
                self.same_param(number);
                self.push(" END)");
            }
        }
    }
}
