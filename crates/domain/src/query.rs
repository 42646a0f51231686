//! Questions about many cards: conditions, order and pages, as a tree that any store can answer.

use jiff::Timestamp;

use crate::id::{AccountRef, PaymentMethodId};

/// A question about the cards of an entity.
#[derive(Clone, Debug, Default)]
pub struct CardQuery {
    /// Which cards; all of them if there is no condition.
    pub condition: Option<Condition>,
    /// In which order; ties, and a query without an order, go by id.
    pub order: Vec<Order>,
    /// How many to skip.
    pub offset: usize,
    /// How many at the most.
    pub limit: usize,
}

/// What must hold for a card.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of them.
    All(Vec<Condition>),
    /// At least one of them.
    Any(Vec<Condition>),
    /// A field compared with a value.
    Compare(CardField, Comparison, Operand),
    /// The field has no value.
    IsNull(CardField),
    /// The field has a value.
    IsNotNull(CardField),
    /// The card belongs to the account.
    OfAccount(AccountRef),
    /// The card belongs to an account that a caller can name (true), or to none yet (false).
    HasAccount(bool),
    /// The card is this one, wherever it lives.
    IsCard(PaymentMethodId),
    /// The text starts with this.
    StartsWith(CardField, String),
    /// The card is none that was made as a token and not used yet.
    NoToken,
    /// Nothing at all: an id that cannot exist was asked for.
    Never,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Equal,
    /// Not equal; a field without a value is not equal to any.
    NotEqual,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A moment.
    Time(Timestamp),
    /// Yes or no.
    Flag(bool),
}

/// One key of the order.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// By which field.
    pub field: CardField,
    /// The largest first.
    pub descending: bool,
}

/// What can be asked about a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardField {
    /// Its id.
    Id,
    /// Its brand.
    CardType,
    /// Its masked number.
    MaskedNumber,
    /// The first digits of its number.
    BankIdentificationNumber,
    /// The month it expires in.
    ExpirationMonth,
    /// The year it expires in.
    ExpirationYear,
    /// The name on it.
    HolderName,
    /// First address line.
    AddressLine1,
    /// Second address line.
    AddressLine2,
    /// City.
    City,
    /// Country.
    Country,
    /// State.
    State,
    /// Postal code.
    ZipCode,
    /// E-mail address.
    Email,
    /// Phone number.
    Phone,
    /// Active, Closed or Scrubbed.
    Status,
    /// Failed payments in a row.
    Failures,
    /// Payments that failed.
    FailedPayments,
    /// Payments that succeeded.
    ProcessedPayments,
    /// The tenant's retry rule is in use.
    UseDefaultRetryRule,
    /// Hours between retries.
    RetryWindow,
    /// Failures after which retries stop.
    MaxFailures,
    /// It is its account's default.
    IsDefault,
    /// When it was made.
    CreatedAt,
    /// Who made it.
    CreatedBy,
    /// When it last changed.
    UpdatedAt,
    /// Who changed it last.
    UpdatedBy,
    /// One of the tenant's own fields.
    Custom(String),
}

impl CardField {
    /// What kind of value the field holds.
    pub fn kind(&self) -> FieldKind {
        match self {
            Self::ExpirationMonth
            | Self::ExpirationYear
            | Self::Failures
            | Self::FailedPayments
            | Self::ProcessedPayments
            | Self::RetryWindow
            | Self::MaxFailures => FieldKind::Number,
            Self::UseDefaultRetryRule | Self::IsDefault => FieldKind::Flag,
            Self::CreatedAt | Self::UpdatedAt => FieldKind::Time,
            _ => FieldKind::Text,
        }
    }
}

/// The kind of value that a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A text.
    Text,
    /// A whole number.
    Number,
    /// A moment.
    Time,
    /// Yes or no.
    Flag,
}
