//! What queries mean, what is refused, and that no text breaks the parser.

use cardfile_domain::{
    id::{AccountRef, PaymentMethodId},
    query::{CardField as C, Comparison, Condition, Operand},
};
use proptest::prelude::*;

use super::{
    Fault,
    compare::{Asker, Literal},
    field::Field,
    fixture::{ENTITY, at, card_id, filed_card, holds},
    moment::Precision,
    parse,
    parser::{CONDITIONS_MAX, NESTING_MAX},
    record::{self, Form},
};
use crate::zoql::lexer::QUERY_CHARS_MAX;

fn condition(filter: &str) -> Condition {
    let query = format!("select Id from PaymentMethod where {filter}");
    parse(&query, ENTITY).unwrap_or_else(|fault| panic!("{filter}: {fault:?}")).condition.unwrap()
}

fn complaint(query: &str) -> String {
    match parse(query, ENTITY).unwrap_err() {
        Fault::Malformed(why) => why.into_owned(),
        other => panic!("{query}: {other:?}"),
    }
}

fn text(field: C, comparison: Comparison, text: &str) -> Condition {
    Condition::Compare(field, comparison, Operand::Text(text.to_owned()))
}

fn number(field: C, comparison: Comparison, number: i64) -> Condition {
    Condition::Compare(field, comparison, Operand::Number(number))
}

fn city(name: &str) -> Condition {
    text(C::City, Comparison::Equal, name)
}

fn always() -> Condition {
    Condition::All(Vec::new())
}

#[test]
fn fields_are_selected_in_order_once_and_in_any_case() {
    let query = "SELECT creditcardtype, Email,\n Color__c , CREDITCARDTYPE from paymentmethod";
    let select = parse(query, ENTITY).unwrap();
    let names: Vec<_> = select.fields.iter().map(Field::pascal).collect();
    assert_eq!(names, ["CreditCardType", "Email", "Color__c"]);
    assert_eq!(select.condition, None);
}

#[test]
fn every_operator_compares() {
    use Comparison as O;
    for (written, comparison) in [
        ("=", O::Equal),
        ("!=", O::NotEqual),
        ("<>", O::NotEqual),
        ("<", O::Less),
        ("<=", O::LessOrEqual),
        (">", O::Greater),
        (">=", O::GreaterOrEqual),
    ] {
        let found = condition(&format!("NumConsecutiveFailures{written}3"));
        assert_eq!(found, number(C::Failures, comparison, 3), "{written}");
    }
}

#[test]
fn and_binds_more_tightly_than_or_and_parentheses_more_than_both() {
    let (a, b, c) = (city("a"), city("b"), city("c"));
    let filter = |text: &str| {
        ["a", "b", "c"].iter().fold(text.to_owned(), |filter, name| {
            filter.replace(&format!("<{name}>"), &format!("CreditCardCity='{name}'"))
        })
    };
    assert_eq!(
        condition(&filter("<a> or <b> and <c>")),
        Condition::Any(vec![a.clone(), Condition::All(vec![b.clone(), c.clone()])])
    );
    assert_eq!(
        condition(&filter("(<a> or <b>) and <c>")),
        Condition::All(vec![Condition::Any(vec![a.clone(), b.clone()]), c.clone()])
    );
    assert_eq!(condition(&filter("((<a>))")), a);
}

#[test]
fn texts_stand_between_either_quotes_and_may_be_escaped() {
    for (written, meant) in [
        (r"'a'", "a"),
        (r#""it's""#, "it's"),
        (r"'it\'s'", "it's"),
        (r"'back\\slash'", r"back\slash"),
        (r"'two\nlines'", "two\nlines"),
        (r"'100\%'", "100%"),
        (r"''", ""),
        (r"'or 1=1 --'", "or 1=1 --"),
    ] {
        assert_eq!(condition(&format!("CreditCardCity = {written}")), city(meant), "{written}");
    }
}

#[test]
fn like_finds_what_starts_with_a_text() {
    let starts = |prefix: &str| Condition::StartsWith(C::Email, prefix.to_owned());
    for (pattern, expected) in [
        ("a%", starts("a")),
        (r"50\%%", starts("50%")),
        (r"a\_b%", starts("a_b")),
        ("%", starts("")),
        ("a", text(C::Email, Comparison::Equal, "a")),
    ] {
        assert_eq!(condition(&format!("Email like '{pattern}'")), expected, "{pattern}");
    }
    for pattern in ["%a", "%a%", "a%b", "a_b%", "_"] {
        let query = format!("select Id from PaymentMethod where Email like '{pattern}'");
        assert!(complaint(&query).starts_with("the only pattern"), "{pattern}");
    }
}

#[test]
fn null_is_equal_to_nothing_but_null() {
    assert_eq!(condition("Email = null"), Condition::IsNull(C::Email));
    assert_eq!(condition("Email != NULL"), Condition::IsNotNull(C::Email));
    assert_eq!(condition("AchBankName = null"), always());
    assert_eq!(condition("AchBankName != null"), Condition::Never);
    assert_eq!(condition("AchBankName != 'x'"), Condition::Never);
    assert_eq!(condition("Id != null"), always());
    assert!(complaint("select Id from PaymentMethod where Email < null").contains("null"));
}

#[test]
fn an_account_is_named_by_id_or_number() {
    for key in ["A-1", "2c92c0f952e407170152f11b73e65d85"] {
        let account = AccountRef { entity: ENTITY, key: key.parse().unwrap() };
        assert_eq!(
            condition(&format!("AccountId = '{key}'")),
            Condition::OfAccount(account),
            "{key}"
        );
    }
    assert_eq!(condition("AccountId = '~private'"), Condition::Never);
    assert_eq!(condition("AccountId = null"), Condition::HasAccount(false));
    assert_eq!(condition("AccountId != null"), Condition::HasAccount(true));
    for filter in ["AccountId != 'A-1'", "AccountId > 'A-1'", "AccountId like 'A%'"] {
        let query = format!("select Id from PaymentMethod where {filter}");
        assert!(complaint(&query).starts_with("AccountId can only be equal"), "{filter}");
    }
}

#[test]
fn an_id_leads_to_one_card() {
    let id = card_id(5);
    assert_eq!(condition(&format!("Id = '{id}'")), Condition::IsCard(id));
    assert_eq!(condition("Id = 'nonsense'"), Condition::Never);
    assert_eq!(condition("Id != 'nonsense'"), always());
    assert_eq!(
        condition(&format!("Id > '{id}'")),
        text(C::Id, Comparison::Greater, &id.to_string())
    );
}

#[test]
fn what_is_the_same_for_every_card_needs_no_store() {
    for (filter, expected) in [
        ("Type = 'CreditCard'", true),
        ("Type != 'CreditCard'", false),
        ("Type = 'ACH'", false),
        ("Type like 'Credit%'", true),
        ("IsSystem = false", true),
        ("IsCompany = true", false),
    ] {
        let expected = if expected { always() } else { Condition::Never };
        assert_eq!(condition(filter), expected, "{filter}");
    }
}

#[test]
fn values_are_compared_as_they_are_kept() {
    use Comparison::{Equal, NotEqual};
    for (filter, expected) in [
        ("CreditCardCountry = 'usa'", text(C::Country, Equal, "United States")),
        ("CreditCardType = 'visa'", text(C::CardType, Equal, "Visa")),
        ("PaymentMethodStatus = 'closed'", text(C::Status, Equal, "Closed")),
        ("Active = true", text(C::Status, Equal, "Active")),
        ("Active != true", text(C::Status, NotEqual, "Active")),
        ("Active = false", text(C::Status, NotEqual, "Active")),
        ("CreditCardExpirationYear = '2099'", number(C::ExpirationYear, Equal, 2099)),
        ("CreditCardPostalCode = 98119", text(C::ZipCode, Equal, "98119")),
        (
            "UseDefaultRetryRule = true",
            Condition::Compare(C::UseDefaultRetryRule, Equal, Operand::Flag(true)),
        ),
        ("Color__c = 'red'", text(C::Custom("Color__c".to_owned()), Equal, "red")),
    ] {
        assert_eq!(condition(filter), expected, "{filter}");
    }
}

#[test]
fn dates_are_written_with_or_without_quotes() {
    let expected = Condition::Compare(
        C::UpdatedAt,
        Comparison::GreaterOrEqual,
        Operand::Time(at("2026-01-31T10:00:00Z")),
    );
    for written in ["'2026-01-31T10:00:00'", "2026-01-31T10:00:00", "2026-01-31T12:00:00+02:00"] {
        assert_eq!(condition(&format!("UpdatedDate >= {written}")), expected, "{written}");
    }
}

#[test]
fn what_zoql_lacks_is_called_by_its_name() {
    for (query, word) in [
        ("select * from PaymentMethod", "'*' is not supported"),
        ("select Id from PaymentMethod order by Id", "'order' is not supported"),
        ("select Id from PaymentMethod limit 5", "'limit' is not supported"),
        ("select Id from PaymentMethod where Email = 'a' limit 5", "'limit' is not supported"),
        ("select Id from PaymentMethod join Account", "'join' is not supported"),
        ("select Id from PaymentMethod where not Email = 'a'", "'not' is not supported"),
        ("select Id from PaymentMethod where Email in ('a')", "'in' is not supported"),
        ("select Id from PaymentMethod where Email is null", "'is' is not supported"),
    ] {
        assert!(complaint(query).starts_with(word), "{query}: {}", complaint(query));
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    for (query, expected) in [
        ("", "a query begins with 'select', but the query ends"),
        ("delete Id", "a query begins with 'select', at character 1"),
        ("select", "a field is expected, but the query ends"),
        ("select Id", "'from PaymentMethod' must follow the fields, but the query ends"),
        ("select Id,", "a field is expected, but the query ends"),
        ("select Id from", "the name of an object is expected, but the query ends"),
        ("select Id from PaymentMethod where", "a condition is expected, but the query ends"),
        ("select Id from PaymentMethod x", "nothing can follow here, at character 30"),
        (
            "select Id from PaymentMethod where Email = 'a",
            "a quote that is never closed, at character 44",
        ),
        ("select Id from PaymentMethod where Email ! 'a'", "'!' without '=', at character 42"),
        (
            "select Id from PaymentMethod where Email 'a'",
            "one of = != < <= > >= like is expected, at character 42",
        ),
        (
            "select Id from PaymentMethod where Email = a",
            "a value is expected; texts stand between quotes, at character 44",
        ),
        ("select Id from PaymentMethod where (Email = 'a'", "')' is expected, but the query ends"),
        (
            "select Id from PaymentMethod where Email like 7",
            "'like' is followed by a text, at character 47",
        ),
        ("select Id; drop", "a character that ZOQL has no use for, at character 10"),
        (
            "select Id from PaymentMethod where Email = 'ü' §",
            "a character that ZOQL has no use for, at character 48",
        ),
    ] {
        assert_eq!(complaint(query), expected, "{query}");
    }
}

#[test]
fn values_of_the_wrong_kind_are_refused() {
    for (filter, expected) in [
        ("NumConsecutiveFailures = 'x'", "NumConsecutiveFailures is compared with a whole number"),
        ("NumConsecutiveFailures = 1.5", "NumConsecutiveFailures is compared with a whole number"),
        ("NumConsecutiveFailures = 1or", "NumConsecutiveFailures is compared with a whole number"),
        ("UpdatedDate > 'yesterday'", "UpdatedDate is compared with a date"),
        ("UseDefaultRetryRule = 1", "UseDefaultRetryRule is compared with true or false"),
        ("UseDefaultRetryRule > false", "UseDefaultRetryRule can only be equal or not equal"),
        ("UpdatedDate like '2026%'", "UpdatedDate is no text"),
        ("LastTransactionDateTime > '2026-01-01'", "LastTransactionDateTime can be selected"),
        ("Score__c > 5", "Score__c is compared as text"),
    ] {
        let query = format!("select Id from PaymentMethod where {filter}");
        assert!(complaint(&query).starts_with(expected), "{filter}: {}", complaint(&query));
    }
}

#[test]
fn unknown_fields_and_objects_are_faults_of_their_own() {
    let unknown = |name: &str| Err(Fault::UnknownField(name.to_owned()));
    assert_eq!(parse("select Id, Foo from PaymentMethod", ENTITY), unknown("Foo"));
    assert_eq!(parse("select Id from PaymentMethod where Foo = 1", ENTITY), unknown("Foo"));
    assert_eq!(parse("select x4111111111111111 from PaymentMethod", ENTITY), unknown("?"));
    assert_eq!(parse("select Id from Account", ENTITY), Err(Fault::UnknownObject));
}

#[test]
fn a_query_has_bounds() {
    let filter = |count: usize| vec!["Email='a'"; count].join(" or ");
    let query = |filter: &str| format!("select Id from PaymentMethod where {filter}");
    assert!(parse(&query(&filter(CONDITIONS_MAX)), ENTITY).is_ok());
    assert!(complaint(&query(&filter(CONDITIONS_MAX + 1))).contains("200 conditions"));

    let nested =
        |depth: usize| query(&format!("{}Email='a'{}", "(".repeat(depth), ")".repeat(depth)));
    assert!(parse(&nested(NESTING_MAX), ENTITY).is_ok());
    assert!(complaint(&nested(NESTING_MAX + 1)).contains("nested deeper than 32"));
    assert!(parse(&query(&vec!["(Email='a')"; 100].join(" and ")), ENTITY).is_ok());

    let long = |chars: usize| {
        let rest = chars - query("Email=''").len();
        query(&format!("Email='{}'", "ü".repeat(rest)))
    };
    assert!(parse(&long(QUERY_CHARS_MAX), ENTITY).is_ok());
    assert!(complaint(&long(QUERY_CHARS_MAX + 1)).contains("10000 characters"));
}

#[test]
fn every_standard_field_is_found_by_its_name_in_any_case() {
    let mut names = std::collections::HashSet::new();
    for field in Field::standard() {
        for name in [field.pascal().to_owned(), field.camel(), field.pascal().to_uppercase()] {
            assert_eq!(Field::named(&name), Some(field.clone()), "{name}");
        }
        assert!(names.insert(field.pascal().to_ascii_lowercase()));
    }
    for name in ["", "Nonsense", "CreditCardNumber", "CreditCardSecurityCode", "__c", "a b__c"] {
        assert_eq!(Field::named(name), None, "{name}");
    }
}

#[test]
fn a_record_shows_what_was_selected_and_its_id() {
    let fields = |names: &[&str]| -> Vec<Field> {
        names.iter().map(|name| Field::named(name).unwrap()).collect()
    };
    let filed = filed_card();
    let record = record::of_fields(
        &filed,
        &fields(&["CreditCardMaskNumber", "Email", "CreatedDate", "Score__c", "Empty__c"]),
        Form::Pascal,
    );
    assert_eq!(
        serde_json::Value::Object(record),
        serde_json::json!({
            "Id": filed.card.id.to_string(),
            "CreditCardMaskNumber": "************1111",
            "CreatedDate": "2026-11-21T02:44:58.123+00:00",
            "Score__c": 7,
        })
    );
    let record = record::of_fields(
        &filed,
        &fields(&["creditCardCountry", "createdDate", "email"]),
        Form::Camel { nulls: true },
    );
    assert_eq!(
        serde_json::Value::Object(record),
        serde_json::json!({
            "creditCardCountry": "United States",
            "createdDate": "2026-11-21T02:44:58Z",
            "email": null,
        })
    );
}

#[test]
fn a_whole_record_has_no_number_and_no_nulls() {
    let record = record::whole(&filed_card(), Form::Pascal);
    let json = serde_json::to_string(&record).unwrap();
    assert!(!json.contains("4111111111111111"));
    assert!(record.values().all(|value| !value.is_null()));
    for (name, value) in [
        ("Type", serde_json::json!("CreditCard")),
        ("PaymentMethodStatus", serde_json::json!("Active")),
        ("CreditCardExpirationMonth", serde_json::json!(3)),
        ("BankIdentificationNumber", serde_json::json!("41111111")),
        ("LastTransactionStatus", serde_json::json!("Approved")),
        ("Color__c", serde_json::json!("red")),
    ] {
        assert_eq!(record.get(name), Some(&value), "{name}");
    }
}

#[test]
fn a_scrubbed_card_says_so_wherever_something_was_erased() {
    let mut filed = filed_card();
    filed.card.status = cardfile_domain::card::CardStatus::Scrubbed;
    filed.card.number = None;
    filed.card.holder_name = None;
    let record = record::whole(&filed, Form::Pascal);
    assert_eq!(record["CreditCardMaskNumber"], "Record Scrubbed");
    assert_eq!(record["CreditCardHolderName"], "Record Scrubbed");
    assert_eq!(record["CreditCardCountry"], "0");
    assert_eq!(record.get("BankIdentificationNumber"), None);
}

#[test]
fn a_card_without_an_account_shows_none() {
    let mut filed = filed_card();
    filed.card.account = cardfile_domain::id::AccountKey::orphan(filed.card.id);
    assert_eq!(record::whole(&filed, Form::Pascal).get("AccountId"), None);
}

/// A condition, to be written and to be expected.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(&'static str, Comparison, Literal),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

const ASKER: Asker = Asker { entity: ENTITY, precision: Precision::Millisecond };

impl Tree {
    fn expected(&self) -> Condition {
        match self {
            Self::Leaf(field, comparison, literal) => {
                ASKER.compare(&Field::named(field).unwrap(), *comparison, literal).unwrap()
            }
            Self::And(parts) => Condition::All(parts.iter().map(Self::expected).collect()),
            Self::Or(parts) => Condition::Any(parts.iter().map(Self::expected).collect()),
        }
    }

    fn written(&self, quote: char) -> String {
        let join = |parts: &[Self], word: &str| {
            let parts: Vec<_> = parts
                .iter()
                .map(|part| match part {
                    Self::Leaf(..) => part.written(quote),
                    Self::And(_) | Self::Or(_) => format!("( {})", part.written(quote)),
                })
                .collect();
            parts.join(word)
        };
        match self {
            Self::And(parts) => join(parts, " AND "),
            Self::Or(parts) => join(parts, "\tor\n"),
            Self::Leaf(field, comparison, literal) => {
                let operator = match comparison {
                    Comparison::Equal => "=",
                    Comparison::NotEqual => "!=",
                    Comparison::Less => "<",
                    Comparison::LessOrEqual => "<=",
                    Comparison::Greater => ">",
                    Comparison::GreaterOrEqual => ">=",
                };
                let literal = match literal {
                    Literal::Null => "null".to_owned(),
                    Literal::Bare(bare) => bare.clone(),
                    Literal::Flag(flag) => flag.to_string(),
                    Literal::Text(text) => {
                        let escaped =
                            text.replace('\\', r"\\").replace(quote, &format!(r"\{quote}"));
                        format!("{quote}{escaped}{quote}")
                    }
                };
                format!("{field} {operator} {literal}")
            }
        }
    }
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop_oneof![
        Just(Comparison::Equal),
        Just(Comparison::NotEqual),
        Just(Comparison::Less),
        Just(Comparison::LessOrEqual),
        Just(Comparison::Greater),
        Just(Comparison::GreaterOrEqual),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let texts = prop_oneof![Just("Email"), Just("CreditCardCity"), Just("Color__c"), Just("Id")];
    let equality = prop_oneof![Just(Comparison::Equal), Just(Comparison::NotEqual)];
    let leaf =
        prop_oneof![
            (texts, comparison(), any::<String>()).prop_map(
                |(field, comparison, text)| Tree::Leaf(field, comparison, Literal::Text(text))
            ),
            (comparison(), any::<i64>()).prop_map(|(comparison, number)| {
                Tree::Leaf("NumConsecutiveFailures", comparison, Literal::Bare(number.to_string()))
            }),
            (equality.clone(), any::<bool>()).prop_map(|(comparison, flag)| {
                Tree::Leaf("UseDefaultRetryRule", comparison, Literal::Flag(flag))
            }),
            equality.prop_map(|comparison| Tree::Leaf("Phone", comparison, Literal::Null)),
        ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..5).prop_map(Tree::And),
            prop::collection::vec(inner, 2..5).prop_map(Tree::Or),
        ]
    })
}

/// Words of the language in any order: closer to a query than arbitrary text.
fn soup() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("select".to_owned()),
        Just("from".to_owned()),
        Just("PaymentMethod".to_owned()),
        Just("where".to_owned()),
        Just("and".to_owned()),
        Just("or".to_owned()),
        Just("like".to_owned()),
        Just("null".to_owned()),
        Just("Id".to_owned()),
        Just("AccountId".to_owned()),
        Just("CreatedDate".to_owned()),
        Just("x__c".to_owned()),
        Just("'a%'".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        "[=<>!(),*]{1,2}",
        "[0-9T:Z.+-]{1,12}",
        any::<String>(),
    ];
    prop::collection::vec(word, 0..24).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(query in prop_oneof![any::<String>(), soup()]) {
        let _ = parse(&query, ENTITY);
    }

    #[test]
    fn nothing_between_quotes_is_in_a_complaint(text in "[a-z]{8}", rest in soup()) {
        let query = format!("select Id from PaymentMethod where Email = '{text}' {rest}");
        if let Err(fault) = parse(&query, ENTITY) {
            prop_assert!(!rest.contains(&text));
            let told = format!("{fault:?}");
            prop_assert!(!told.contains(&text), "{told}");
        }
    }

    #[test]
    fn a_written_condition_is_read_as_it_was_meant(tree in tree(), double in any::<bool>()) {
        let quote = if double { '"' } else { '\'' };
        let query = format!("select Id from PaymentMethod where {}", tree.written(quote));
        prop_assume!(query.chars().count() <= QUERY_CHARS_MAX);
        let select = parse(&query, ENTITY).unwrap();
        prop_assert_eq!(select.condition, Some(tree.expected()));
    }

    /// What is shown is what is compared: a moment with all its digits compares with a written one
    /// as its shown form does.
    #[test]
    fn moments_compare_as_they_are_shown(
        micros in -5_000_000_i64..5_000_000,
        written in -5_000_000_i64..5_000_000,
        whole in any::<bool>(),
        comparison in comparison(),
        seconds in any::<bool>(),
    ) {
        let precision = if seconds { Precision::Second } else { Precision::Millisecond };
        let held = jiff::Timestamp::from_microsecond(micros).unwrap();
        let mut literal = jiff::Timestamp::from_microsecond(written).unwrap();
        if whole {
            literal = precision.slot(literal).0;
        }
        let asker = Asker { entity: ENTITY, precision };
        let field = Field::named("UpdatedDate").unwrap();
        let condition =
            asker.compare(&field, comparison, &Literal::Text(literal.to_string())).unwrap();
        let found = holds(&condition, card_id(1), &|_| Some(Operand::Time(held)));
        let shown = precision.slot(held).0;
        let expected = match comparison {
            Comparison::Equal => shown == literal,
            Comparison::NotEqual => shown != literal,
            Comparison::Less => shown < literal,
            Comparison::LessOrEqual => shown <= literal,
            Comparison::Greater => shown > literal,
            Comparison::GreaterOrEqual => shown >= literal,
        };
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_records_behind_an_id_are_those_with_greater_ids(one in any::<u64>(), other in any::<u64>()) {
        let id = |random| PaymentMethodId::new(cardfile_domain::id::Bucket::new(3), 1, random);
        let later = text(C::Id, Comparison::Greater, &id(one).to_string());
        prop_assert_eq!(holds(&later, id(other), &|_| None), id(other) > id(one));
    }
}
