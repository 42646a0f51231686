//! Each rule by itself, and together.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn facts() -> Facts {
    Facts {
        status: CardStatus::Active,
        expiry: Expiry { year: 2030.try_into().unwrap(), month: 8.try_into().unwrap() },
        failures: ConsecutiveFailures::default(),
        last_failure: None,
        retry_rule: RetryRule::default(),
    }
}

fn tenant() -> TenantRetry {
    TenantRetry {
        max_failures: Some(3.try_into().unwrap()),
        window_hours: Some(24.try_into().unwrap()),
    }
}

/// The rules that say no, by their names.
fn against(facts: &Facts, moment: &str) -> Vec<String> {
    let judgement = judge(facts, tenant(), at(moment));
    let no = judgement.decisions.iter().filter(|decision| !decision.passed());
    let no: Vec<_> = no
        .map(|decision| serde_json::to_value(decision).unwrap()["rule"].as_str().unwrap().into())
        .collect();
    assert_eq!(judgement.eligible, no.is_empty());
    no
}

#[test]
fn each_rule_decides_by_itself() {
    let day = "2030-06-15T12:00:00Z";
    assert_eq!(against(&facts(), day), [""; 0]);
    let closed = Facts { status: CardStatus::Closed, ..facts() };
    assert_eq!(against(&closed, day), ["status"]);
    assert_eq!(against(&facts(), "2030-08-31T23:59:59Z"), [""; 0]);
    assert_eq!(against(&facts(), "2030-09-01T00:00:00Z"), ["expiry"]);
    let failures = |count: i64| count.try_into().unwrap();
    assert_eq!(against(&Facts { failures: failures(2), ..facts() }, day), [""; 0]);
    assert_eq!(against(&Facts { failures: failures(3), ..facts() }, day), ["maximumFailures"]);
    let failed = Some(at("2030-06-15T00:00:00Z"));
    let waits = Facts { failures: failures(1), last_failure: failed, ..facts() };
    assert_eq!(against(&waits, day), ["retryWindow"]);
    assert_eq!(against(&waits, "2030-06-16T00:00:00Z"), [""; 0]);
    // A success since has set the counter back.
    assert_eq!(against(&Facts { last_failure: failed, ..facts() }, day), [""; 0]);
}

#[test]
fn waiting_helps_after_a_failure_and_not_against_anything_else() {
    let failed = at("2030-06-15T00:00:00Z");
    let waits = Facts { failures: 1.try_into().unwrap(), last_failure: Some(failed), ..facts() };
    let from = |facts: &Facts| judge(facts, tenant(), failed).from;
    assert_eq!(from(&facts()), Some(failed));
    assert_eq!(from(&waits), Some(at("2030-06-16T00:00:00Z")));
    assert_eq!(from(&Facts { failures: 3.try_into().unwrap(), ..waits.clone() }), None);
    assert_eq!(from(&Facts { status: CardStatus::Closed, ..waits.clone() }), None);
    let june = Expiry { month: 6.try_into().unwrap(), ..facts().expiry };
    let too_late = Facts {
        expiry: june,
        retry_rule: RetryRule {
            use_default: false,
            window_hours: Some(1000.try_into().unwrap()),
            max_failures: None,
        },
        ..waits
    };
    assert_eq!(from(&too_late), None);
}

#[test]
fn a_cards_own_rule_takes_the_place_of_the_entitys() {
    let own = RetryRule {
        use_default: false,
        window_hours: None,
        max_failures: Some(5.try_into().unwrap()),
    };
    let four = Facts {
        failures: 4.try_into().unwrap(),
        last_failure: Some(at("2030-06-15T00:00:00Z")),
        ..facts()
    };
    let day = "2030-06-15T01:00:00Z";
    assert_eq!(against(&four, day), ["maximumFailures", "retryWindow"]);
    assert_eq!(against(&Facts { retry_rule: own, ..four.clone() }, day), [""; 0]);
    let unused = RetryRule { use_default: true, ..own };
    assert_eq!(against(&Facts { retry_rule: unused, ..four }, day).len(), 2);
}
