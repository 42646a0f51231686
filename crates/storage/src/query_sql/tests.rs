//! What questions about cards become.

use cardfile_domain::id::Bucket;
use proptest::prelude::*;

use super::*;

const SNOWMAN: char = '\u{2603}';
const ENTITY: EntityId = EntityId::from_bytes([7; 16]);
const FROM: &str = "SELECT c.id FROM card c JOIN account a ON a.bucket = c.bucket \
    AND a.entity = c.entity AND a.account_key = c.account_key WHERE c.entity = $1";

fn query(condition: Condition) -> CardQuery {
    CardQuery { condition: Some(condition), order: Vec::new(), offset: 4, limit: 10 }
}

/// The condition as it is rendered, and the values that it brings.
fn rendered(dialect: Dialect, condition: Condition) -> (String, Vec<Param>) {
    let whole = render(dialect, "c.id", ENTITY, &query(condition));
    let (rest, _) = whole.sql.rsplit_once(" ORDER BY ").unwrap();
    let condition = rest.strip_prefix(FROM).unwrap().strip_prefix(" AND ").unwrap();
    let (first, rest) = whole.params.split_first().unwrap();
    assert_eq!(first, &Param::Id([7; 16]));
    (condition.to_owned(), rest[..rest.len() - 2].to_vec())
}

fn postgres(condition: Condition) -> (String, Vec<Param>) {
    rendered(Dialect::Postgres, condition)
}

fn compare(field: CardField, comparison: Comparison, operand: Operand) -> Condition {
    Condition::Compare(field, comparison, operand)
}

fn text(text: &str) -> Operand {
    Operand::Text(text.to_owned())
}

fn every_field() -> Vec<CardField> {
    vec![
        CardField::Id,
        CardField::CardType,
        CardField::MaskedNumber,
        CardField::BankIdentificationNumber,
        CardField::ExpirationMonth,
        CardField::ExpirationYear,
        CardField::HolderName,
        CardField::AddressLine1,
        CardField::AddressLine2,
        CardField::City,
        CardField::Country,
        CardField::State,
        CardField::ZipCode,
        CardField::Email,
        CardField::Phone,
        CardField::Status,
        CardField::Failures,
        CardField::FailedPayments,
        CardField::ProcessedPayments,
        CardField::UseDefaultRetryRule,
        CardField::RetryWindow,
        CardField::MaxFailures,
        CardField::IsDefault,
        CardField::CreatedAt,
        CardField::CreatedBy,
        CardField::UpdatedAt,
        CardField::UpdatedBy,
        CardField::Custom("Colour__c".to_owned()),
    ]
}

#[test]
fn a_query_without_condition_asks_for_the_entity_alone() {
    let query = CardQuery { limit: 2, ..CardQuery::default() };
    let rendered = render(Dialect::Postgres, "c.id", ENTITY, &query);
    assert_eq!(rendered.sql, format!("{FROM} ORDER BY c.id LIMIT $2 OFFSET $3"));
    assert_eq!(rendered.params, [Param::Id([7; 16]), Param::Number(2), Param::Number(0)]);
}

#[test]
fn placeholders_are_numbered_in_the_order_of_first_use() {
    let condition = Condition::All(vec![
        compare(CardField::Failures, Comparison::GreaterOrEqual, Operand::Number(3)),
        Condition::Any(vec![
            compare(CardField::City, Comparison::Equal, text("Oslo")),
            Condition::StartsWith(CardField::HolderName, "Am".to_owned()),
        ]),
        Condition::IsNotNull(CardField::Email),
    ]);
    let (sql, params) = rendered(Dialect::Sqlite, condition);
    assert_eq!(
        sql,
        "(c.failures >= $2 AND ((c.holder ->> 'city') = $3 OR \
         substr(c.holder_name, 1, length($4)) = $4) AND (c.holder ->> 'email') IS NOT NULL)"
    );
    assert_eq!(
        params,
        [Param::Number(3), Param::Text("Oslo".to_owned()), Param::Text("Am".to_owned())]
    );
}

#[test]
fn nulls_come_first_and_ids_decide_between_equals() {
    let order = vec![
        Order { field: CardField::ZipCode, descending: false },
        Order { field: CardField::UpdatedAt, descending: true },
    ];
    let query = CardQuery { order, ..CardQuery::default() };
    let rendered = render(Dialect::Postgres, "c.id", ENTITY, &query);
    assert!(rendered.sql.contains(
        " ORDER BY (c.holder ->> 'zipCode') COLLATE \"C\" ASC NULLS FIRST, \
         c.updated_at DESC NULLS LAST, c.id LIMIT "
    ));
}

#[test]
fn a_custom_field_is_named_by_a_parameter() {
    let field = CardField::Custom("Colour__c".to_owned());
    let condition = compare(field, Comparison::NotEqual, Operand::Flag(true));
    let params = [Param::Text("Colour__c".to_owned()), Param::Text("true".to_owned())];
    let (sql, given) = postgres(condition.clone());
    assert_eq!(sql, "((c.custom ->> $2) COLLATE \"C\") <> $3");
    assert_eq!(given, params);
    let (sql, given) = rendered(Dialect::Sqlite, condition);
    assert_eq!(
        sql,
        "(CASE json_type(c.custom -> $2) WHEN 'text' THEN c.custom ->> $2 \
         WHEN 'null' THEN NULL ELSE c.custom -> $2 END) <> $3"
    );
    assert_eq!(given, params);
}

#[test]
fn a_name_that_no_custom_field_can_have_holds_nothing() {
    for name in ["$.a", "a'b__c", "", "x"] {
        let (sql, params) = postgres(Condition::IsNull(CardField::Custom(name.to_owned())));
        assert_eq!((sql.as_str(), params.len()), ("CAST(NULL AS TEXT) IS NULL", 0), "{name}");
    }
}

#[test]
fn a_whole_id_is_compared_as_one_and_a_part_as_text() {
    let id = PaymentMethodId::new(Bucket::new(9), 5, 5);
    let whole = compare(CardField::Id, Comparison::Less, text(&id.to_string()));
    assert_eq!(postgres(whole), ("c.id < $2".to_owned(), vec![Param::Id(*id.as_bytes())]));
    let part = compare(CardField::CreatedBy, Comparison::Greater, text("2c92"));
    let (sql, params) = postgres(part);
    assert_eq!(sql, "(replace(CAST(c.created_by AS TEXT), '-', '') COLLATE \"C\") > $2");
    assert_eq!(params, [Param::Text("2c92".to_owned())]);
}

#[test]
fn a_card_and_an_account_are_looked_for_in_their_bucket() {
    let id = PaymentMethodId::new(Bucket::new(9), 5, 5);
    let (sql, params) = postgres(Condition::IsCard(id));
    assert_eq!(sql, "(c.bucket = $2 AND c.id = $3)");
    assert_eq!(params, [Param::Number(9), Param::Id(*id.as_bytes())]);
    let account = AccountRef { entity: ENTITY, key: "A-1".parse().unwrap() };
    let (sql, params) = postgres(Condition::OfAccount(account));
    assert_eq!(sql, "(c.bucket = $2 AND c.account_key = $3)");
    assert_eq!(params, [Param::Number(2910), Param::Text("A-1".to_owned())]);
}

#[test]
fn an_account_of_another_entity_has_no_cards_here() {
    let entity = EntityId::from_bytes([8; 16]);
    let account = AccountRef { entity, key: "A-1".parse().unwrap() };
    assert_eq!(postgres(Condition::OfAccount(account)), ("FALSE".to_owned(), vec![]));
}

#[test]
fn a_value_of_another_kind_is_only_ever_unequal() {
    for (field, operand) in [
        (CardField::Failures, text("many")),
        (CardField::Failures, Operand::Flag(true)),
        (CardField::IsDefault, Operand::Number(1)),
        (CardField::CreatedAt, text("yesterday")),
        (CardField::City, text("Os\0lo")),
    ] {
        for comparison in [Comparison::Equal, Comparison::Less, Comparison::GreaterOrEqual] {
            let (sql, _) = postgres(compare(field.clone(), comparison, operand.clone()));
            assert_eq!(sql, "FALSE", "{field:?}");
        }
        let (sql, _) = postgres(compare(field.clone(), Comparison::NotEqual, operand));
        assert!(sql.ends_with(" IS NOT NULL"), "{field:?}");
    }
}

#[test]
fn text_is_read_as_what_the_field_holds() {
    for (field, operand, value) in [
        (CardField::ExpirationYear, text("2031"), Param::Number(2031)),
        (CardField::UseDefaultRetryRule, text("false"), Param::Flag(false)),
        (CardField::CreatedAt, text("1970-01-01T00:00:01Z"), Param::Number(1_000_000)),
        (CardField::ZipCode, Operand::Number(94107), Param::Text("94107".to_owned())),
    ] {
        let (_, params) = postgres(compare(field, Comparison::Equal, operand));
        assert_eq!(params, [value]);
    }
}

#[test]
fn empty_lists_of_conditions_hold_or_do_not() {
    assert_eq!(postgres(Condition::All(vec![])).0, "TRUE");
    assert_eq!(postgres(Condition::Any(vec![])).0, "FALSE");
    assert_eq!(postgres(Condition::Never).0, "FALSE");
}

#[test]
fn only_what_a_text_can_hold_is_looked_for_at_its_start() {
    for (field, prefix) in [(CardField::IsDefault, "t"), (CardField::City, "Os\0")] {
        let condition = Condition::StartsWith(field, prefix.to_owned());
        assert_eq!(postgres(condition).0, "FALSE");
    }
}

proptest! {
    #[test]
    fn no_word_of_a_caller_reaches_the_statement(
        word in "[a-z'\";%_$ -]{6,20}",
        field in proptest::sample::select(every_field()),
    ) {
        // A word that the statement has anyway proves nothing.
        let word = format!("{word}{SNOWMAN}");
        let condition = Condition::All(vec![
            compare(field.clone(), Comparison::Equal, text(&word)),
            compare(field.clone(), Comparison::NotEqual, text(&word)),
            Condition::StartsWith(field.clone(), word.clone()),
            Condition::IsNull(CardField::Custom(word.clone())),
        ]);
        let order = vec![Order { field, descending: true }];
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let query = CardQuery { order: order.clone(), ..query(condition.clone()) };
            let rendered = render(dialect, "c.id", ENTITY, &query);
            prop_assert!(!rendered.sql.contains(SNOWMAN));
            let highest = format!("${}", rendered.params.len());
            prop_assert!(rendered.sql.contains(&highest));
            let beyond = format!("${}", rendered.params.len() + 1);
            prop_assert!(!rendered.sql.contains(&beyond));
        }
    }
}
