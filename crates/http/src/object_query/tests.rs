//! What parameters mean, what is refused, and that pages lose nothing.

use cardfile_domain::{
    custom_fields::CustomFields,
    id::AccountRef,
    ports::FiledCard,
    query::{CardField as C, Comparison, Condition, Operand},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{cursor::Cursor, params::Params, sort::Sort};
use crate::{
    failure::Failure,
    zoql::{
        field::Field,
        fixture::{ENTITY, at, card_id, filed_card, holds},
        record::operand_of,
    },
};

fn read(query: &str) -> Params {
    Params::read(query, ENTITY).unwrap_or_else(|failure| panic!("{query}: {failure:?}"))
}

fn complaint(query: &str) -> String {
    match Params::read(query, ENTITY) {
        Err(Failure::BadQuery(complaint)) => complaint.into_owned(),
        other => panic!("{query}: {other:?}"),
    }
}

fn text(field: C, comparison: Comparison, text: &str) -> Condition {
    Condition::Compare(field, comparison, Operand::Text(text.to_owned()))
}

#[test]
fn without_parameters_there_are_ten_cards_the_latest_change_first() {
    for query in ["", "=&", "cursor="] {
        let params = read(query);
        assert_eq!(params.page_size, 10);
        assert_eq!(params.sort, Sort { field: Some(C::UpdatedAt), descending: true });
        assert!(params.conditions.is_empty());
        assert!(params.cursor.is_none());
    }
}

#[test]
fn every_operator_filters() {
    use Comparison as O;
    for (filter, expected) in [
        ("creditCardType.EQ:visa", text(C::CardType, O::Equal, "Visa")),
        ("creditcardtype.NE:Visa", text(C::CardType, O::NotEqual, "Visa")),
        ("email.SW:a", Condition::StartsWith(C::Email, "a".to_owned())),
        ("email.EQ:a.b:c", text(C::Email, O::Equal, "a.b:c")),
        ("email.EQ:null", Condition::IsNull(C::Email)),
        ("email.NE:null", Condition::IsNotNull(C::Email)),
        ("email.EQ:%02%03", text(C::Email, O::Equal, "")),
        ("creditCardHolderName.EQ:Oh%20Canada", text(C::HolderName, O::Equal, "Oh Canada")),
        (
            "creditCardType.IN:[Visa, JCB]",
            Condition::Any(vec![
                text(C::CardType, O::Equal, "Visa"),
                text(C::CardType, O::Equal, "JCB"),
            ]),
        ),
        (
            "creditCardExpirationYear.LE:2099",
            Condition::Compare(C::ExpirationYear, O::LessOrEqual, Operand::Number(2099)),
        ),
        (
            "updateddate.LT:2024-01-01T00:00:00Z",
            Condition::Compare(C::UpdatedAt, O::Less, Operand::Time(at("2024-01-01T00:00:00Z"))),
        ),
        (
            "useDefaultRetryRule.EQ:true",
            Condition::Compare(C::UseDefaultRetryRule, O::Equal, Operand::Flag(true)),
        ),
        (
            "accountId.EQ:A-1",
            Condition::OfAccount(AccountRef { entity: ENTITY, key: "A-1".parse().unwrap() }),
        ),
        ("type.EQ:CreditCard", Condition::All(Vec::new())),
        ("Color__c.EQ:red", text(C::Custom("Color__c".to_owned()), O::Equal, "red")),
    ] {
        let params = read(&format!("filter%5B%5D={filter}"));
        assert_eq!(params.conditions, [expected], "{filter}");
    }
}

#[test]
fn several_filters_must_all_hold() {
    let params = read("filter[]=email.EQ:a&filter[]=phone.EQ:b");
    assert_eq!(
        params.conditions,
        [text(C::Email, Comparison::Equal, "a"), text(C::Phone, Comparison::Equal, "b")]
    );
}

#[test]
fn wrong_parameters_are_refused_without_their_values() {
    for (query, expected) in [
        ("pageSize=0", "'pageSize' must be"),
        ("pageSize=51", "'pageSize' must be"),
        ("pageSize=x", "'pageSize' must be"),
        ("filter[]=secret", "'filter[]' must be written"),
        ("filter[]=email.secret", "'filter[]' must be written"),
        ("filter[]=email.XX:secret", "'filter[]' must be written"),
        ("filter[]=secret.EQ:1", "'filter[]': a payment method has no such field"),
        ("filter[]=email.IN:secret", "'filter[]': IN takes a list"),
        ("filter[]=numConsecutiveFailures.GT:secret", "'filter[]': numConsecutiveFailures is"),
        ("filter[]=updatedDate.GT:secret", "'filter[]': updatedDate is compared with a date"),
        ("filter[]=accountId.NE:secret", "'filter[]': accountId can only be equal"),
        ("filter[]=lastTransactionStatus.EQ:x", "'filter[]': lastTransactionStatus can be"),
        ("sort[]=secret.ASC", "'sort[]': a payment method has no such field"),
        ("sort[]=email", "'sort[]' must be written"),
        ("sort[]=email.asc", "'sort[]' must be written"),
        ("sort[]=accountId.ASC", "'sort[]': accountId cannot be sorted by"),
        ("sort[]=email.ASC&sort[]=phone.ASC", "'sort[]': a list is sorted by one"),
        ("fields[]=id,secret", "'fields[]': a payment method has no such field"),
        ("expand[]=secret", "'expand[]'"),
        ("includeNullFields=secret", "'includeNullFields' must be"),
        ("cursor=secret", "'cursor' is none"),
        ("secret=1", "There is a query parameter"),
    ] {
        let complaint = complaint(query);
        assert!(complaint.starts_with(expected), "{query}: {complaint}");
        assert!(!complaint.contains("secret"), "{complaint}");
    }
}

#[test]
fn a_filter_has_at_most_two_hundred_values() {
    let query = |count: usize| format!("filter[]=email.IN:[{}]", vec!["a"; count].join(","));
    assert!(Params::read(&query(200), ENTITY).is_ok());
    assert!(complaint(&query(201)).contains("200 values"));
    assert!(complaint(&format!("{}&filter[]=email.EQ:a", query(200))).contains("200 values"));
}

#[test]
fn fields_are_named_in_any_case_and_separated_as_one_likes() {
    let params = read("fields[]=id,createddate&fields[]=Color__c&paymentMethod.fields[]=email");
    let names: Vec<_> = params.view.fields.unwrap().iter().map(Field::camel).collect();
    assert_eq!(names, ["id", "createdDate", "Color__c", "email"]);
}

#[test]
fn a_cursor_belongs_to_its_order() {
    let descending = Sort::read("email.DESC").unwrap();
    let cursor = Cursor::read(&Cursor::at(&filed_card(), &descending).write()).unwrap();
    assert!(descending.after(&cursor).is_ok());
    for other in ["email.ASC", "phone.DESC", "id.DESC"] {
        let failure = Sort::read(other).unwrap().after(&cursor).unwrap_err();
        assert!(matches!(failure, Failure::BadQuery(_)), "{other}");
    }
}

#[test]
fn a_cursor_outside_of_time_is_refused() {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let cursor = |micros: i64| {
        let json = json!({"s": "-UpdatedAt", "v": {"m": micros}, "i": card_id(1).to_string()});
        Cursor::read(&BASE64_URL_SAFE_NO_PAD.encode(json.to_string()))
    };
    assert!(cursor(0).is_ok());
    assert!(cursor(i64::MAX).is_err());
}

/// Cards that differ in one field, which some of them lack; many of them are equal in it.
fn cards(values: &[Option<u8>], field: &str) -> Vec<FiledCard> {
    let card = |(index, value): (usize, &Option<u8>)| {
        let mut filed = filed_card();
        filed.card.id = card_id(index as u64);
        let updated = i64::from(value.unwrap_or_default());
        filed.card.updated.at = jiff::Timestamp::from_microsecond(updated).unwrap();
        filed.card.failures = i64::from(value.unwrap_or_default() % 100).try_into().unwrap();
        filed.card.retry_rule.use_default = value.is_some_and(|value| value % 2 == 0);
        filed.card.holder.email = value.map(|value| format!("{value}@x").parse().unwrap());
        filed.card.custom = CustomFields::default();
        let custom = value.map_or(Value::Null, |value| json!(format!("v{value}")));
        filed.card.custom.set("Color__c".parse().unwrap(), custom).unwrap();
        filed
    };
    assert!(
        ["id", "updatedDate", "numConsecutiveFailures", "useDefaultRetryRule", "email", "Color__c"]
            .contains(&field)
    );
    values.iter().enumerate().map(card).collect()
}

/// Puts cards in order as a store has to: nulls before every value, ids between equals.
fn in_order(mut cards: Vec<FiledCard>, sort: &Sort) -> Vec<FiledCard> {
    let key = |filed: &FiledCard| match sort.field.as_ref() {
        None => Some((0, filed.card.id.to_string())),
        Some(field) => operand_of(filed, field).map(|operand| match operand {
            Operand::Text(text) => (0, text),
            Operand::Number(number) => (number, String::new()),
            Operand::Time(at) => (at.as_microsecond(), String::new()),
            Operand::Flag(flag) => (i64::from(flag), String::new()),
        }),
    };
    cards.sort_by(|one, other| {
        let by_key = key(one).cmp(&key(other));
        let by_key = if sort.descending { by_key.reverse() } else { by_key };
        by_key.then(one.card.id.cmp(&other.card.id))
    });
    cards
}

proptest! {
    #[test]
    fn no_query_string_breaks_the_reader(query in any::<String>()) {
        let _ = Params::read(&query, ENTITY);
    }

    /// Page by page, each card is seen once and in order, whatever the order and however many are
    /// equal in it.
    #[test]
    fn pages_lose_and_repeat_nothing(
        values in prop::collection::vec(prop::option::of(0_u8..4), 0..24),
        field in prop::sample::select(vec![
            "id", "updatedDate", "numConsecutiveFailures", "useDefaultRetryRule", "email",
            "Color__c",
        ]),
        descending in any::<bool>(),
        page_size in 1_usize..5,
    ) {
        let direction = if descending { "DESC" } else { "ASC" };
        let sort = Sort::read(&format!("{field}.{direction}")).unwrap();
        let all = in_order(cards(&values, field), &sort);
        let mut seen = Vec::new();
        let mut condition = Condition::All(Vec::new());
        loop {
            let page: Vec<_> = all
                .iter()
                .filter(|filed| holds(&condition, filed.card.id, &|field| operand_of(filed, field)))
                .take(page_size)
                .collect();
            seen.extend(page.iter().map(|filed| filed.card.id));
            prop_assert!(seen.len() <= all.len(), "pages repeat");
            let Some(last) = page.last() else { break };
            let cursor = Cursor::read(&Cursor::at(last, &sort).write()).unwrap();
            condition = sort.after(&cursor).unwrap();
        }
        let expected: Vec<_> = all.iter().map(|filed| filed.card.id).collect();
        prop_assert_eq!(seen, expected);
    }
}
