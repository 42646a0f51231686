use super::*;

fn head(json: &str) -> Result<Head, Failure> {
    Head::of(&Source::Json(json.as_bytes()).fields()?)
}

const CARD: &str = "019a2c4e7b1e7c60a1b2c3d4e5f60718";

#[test]
fn what_a_line_is_for_goes_without_saying() {
    let op = |json: &str| head(json).map(|head| head.op).ok();
    assert_eq!(op("{}"), Some(Op::Create));
    assert_eq!(op(r#"{"id": null, "op": null}"#), Some(Op::Create));
    assert_eq!(op(&format!(r#"{{"id": "{CARD}"}}"#)), Some(Op::Update));
    assert_eq!(op(&format!(r#"{{"id": "{CARD}", "op": "delete"}}"#)), Some(Op::Delete));
    assert_eq!(op(r#"{"op": "Delete"}"#), None);
}

#[test]
fn everything_that_is_wrong_with_a_head_is_said_at_once_and_nothing_of_it() {
    let json = r#"{"op": "4111111111111111", "id": 7, "externalKey": "a\nb", "entityId": []}"#;
    let Err(failure) = head(json) else { panic!("the head is good") };
    let Failure::Invalid(found) = &failure else { panic!("{failure:?}") };
    let names: Vec<_> = found.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(names, ["entityId", "externalKey", "id", "op"]);
    assert!(!format!("{failure:?}").contains("4111"));
}

#[test]
fn a_name_counts_once_however_it_is_written() {
    let twice = format!(r#"{{"id": "{CARD}", "\u0069d": "{CARD}"}}"#);
    assert!(matches!(head(&twice), Err(Failure::Malformed(_))));
}

#[test]
fn what_is_about_the_line_is_not_part_of_the_request() {
    let json = format!(r#"{{"op": "delete", "id": "{CARD}", "externalKey": "1", "city": "Ulm"}}"#);
    let Nothing { unknown } = Source::Json(json.as_bytes()).read::<Nothing, false>().unwrap();
    assert_eq!(unknown.0, ["city"]);
}
