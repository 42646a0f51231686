//! A card to ask about, and a judge of conditions that knows no SQL.

use cardfile_domain::{
    brand::CardType,
    card::{
        Activity, Card, CardStatus, Extras, Fingerprint, HolderDetails, SealedNumber, Stamp,
        StoredNumber, TransactionStatus, VaultedNumber,
    },
    card_number::CardNumber,
    custom_fields::CustomFields,
    expiry::Expiry,
    failures::ConsecutiveFailures,
    id::{AccountId, AccountKey, Bucket, ClientId, EntityId, PaymentMethodId},
    ports::FiledCard,
    query::{CardField, Comparison, Condition, Operand},
    retry_rule::RetryRule,
};
use jiff::Timestamp;
use serde_json::json;

pub(crate) const ENTITY: EntityId = EntityId::from_bytes([7; 16]);

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn card_id(number: u64) -> PaymentMethodId {
    PaymentMethodId::new(Bucket::new(1), 1_000, number)
}

/// A Visa of account `A-1`, with most fields filled in.
pub(crate) fn filed_card() -> FiledCard {
    let number: CardNumber = "4111111111111111".parse().unwrap();
    let account: AccountKey = "A-1".parse().unwrap();
    let by = ClientId::from_bytes([3; 16]);
    let mut custom = CustomFields::default();
    custom.set("Color__c".parse().unwrap(), json!("red")).unwrap();
    custom.set("Empty__c".parse().unwrap(), json!(null)).unwrap();
    custom.set("Score__c".parse().unwrap(), json!(7)).unwrap();
    let card = Card {
        id: card_id(1),
        entity: ENTITY,
        account,
        card_type: CardType::Visa,
        number: Some(StoredNumber {
            bin: Some(number.bin()),
            masked: number.masked(),
            vaulted: Some(VaultedNumber {
                sealed: SealedNumber { bytes: vec![1], key_version: 1 },
                fingerprint: Fingerprint([2; 32]),
            }),
        }),
        expiry: Expiry { year: 2099.try_into().unwrap(), month: 3.try_into().unwrap() },
        holder_name: Some("Leo".parse().unwrap()),
        holder: HolderDetails {
            city: Some("Portland".parse().unwrap()),
            country: Some("US".parse().unwrap()),
            ..HolderDetails::default()
        },
        extras: Extras::default(),
        custom,
        failures: ConsecutiveFailures::default(),
        status: CardStatus::Active,
        retry_rule: RetryRule::default(),
        activity: Activity {
            warned: 0,
            last_transaction_at: Some(at("2026-11-21T02:44:58.999999Z")),
            last_transaction_status: Some(TransactionStatus::Approved),
            ..Activity::default()
        },
        created: Stamp { at: at("2026-11-21T02:44:58.123456Z"), by },
        updated: Stamp { at: at("2026-11-21T02:45:00Z"), by },
    };
    let account_id = AccountId::new(Bucket::new(1), 1_000, 9);
    FiledCard { card, account_id, is_default: true }
}

/// Whether a condition holds for a record, as a store has to answer it.
pub(crate) fn holds(
    condition: &Condition,
    id: PaymentMethodId,
    value: &dyn Fn(&CardField) -> Option<Operand>,
) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().all(|part| holds(part, id, value)),
        Condition::Any(parts) => parts.iter().any(|part| holds(part, id, value)),
        Condition::IsNull(field) => value(field).is_none(),
        Condition::IsNotNull(field) => value(field).is_some(),
        Condition::IsCard(other) => *other == id,
        Condition::NoToken => true,
        Condition::Never => false,
        Condition::Compare(CardField::Id, comparison, operand) => {
            compares(&Operand::Text(id.to_string()), *comparison, operand)
        }
        Condition::Compare(field, comparison, operand) => {
            value(field).is_some_and(|held| compares(&held, *comparison, operand))
        }
        Condition::StartsWith(field, prefix) => {
            matches!(value(field), Some(Operand::Text(text)) if text.starts_with(prefix))
        }
        Condition::OfAccount(_) | Condition::HasAccount(_) => {
            panic!("accounts are a matter of the store")
        }
    }
}

fn compares(held: &Operand, comparison: Comparison, operand: &Operand) -> bool {
    let ordering = match (held, operand) {
        (Operand::Text(one), Operand::Text(other)) => one.cmp(other),
        (Operand::Number(one), Operand::Number(other)) => one.cmp(other),
        (Operand::Time(one), Operand::Time(other)) => one.cmp(other),
        (Operand::Flag(one), Operand::Flag(other)) => one.cmp(other),
        _ => panic!("{held:?} is compared with {operand:?}"),
    };
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}
