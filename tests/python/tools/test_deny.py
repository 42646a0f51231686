"""tests/tools/deny.py: each rule of deny.toml refuses what it is there to refuse."""

import deny
import pytest

TREE = """0cardfile-http v0.1.0 (/src/crates/http)|Apache-2.0|
1serde v1.0.0|MIT OR Apache-2.0|
1cardfile-domain v0.1.0 (/src/crates/domain)|Apache-2.0|
2serde v1.0.0|MIT OR Apache-2.0| (*)
1sqlx v0.9.0|MIT OR Apache-2.0|

0cardfile-storage v0.1.0 (/src/crates/storage)|Apache-2.0|
1derive v2.0.0 (proc-macro)|MIT|
1sqlx v0.9.0|MIT OR Apache-2.0| (*)
"""


def dependents():
    return deny.read_tree(TREE)


def test_a_tree_is_read_as_who_depends_on_whom():
    by_name = {package.name: names for package, names in dependents().items()}
    assert by_name["serde"] == {"cardfile-http", "cardfile-domain"}
    assert by_name["sqlx"] == {"cardfile-http", "cardfile-storage"}
    assert by_name["cardfile-http"] == set()


def test_an_arrow_in_the_wrong_direction_is_refused():
    bans = {"deny": [{"crate": "sqlx", "wrappers": ["cardfile-storage"], "reason": "one home"}]}
    assert list(deny.check_arrows(bans, dependents())) == ["cardfile-http may not depend on sqlx: one home"]


def test_a_banned_crate_is_refused_to_everybody():
    bans = {"deny": [{"crate": "serde"}]}
    assert len(list(deny.check_arrows(bans, dependents()))) == 2


def test_a_second_version_is_refused_unless_it_is_skipped():
    two = {**dependents(), deny.Package("sqlx", "0.8.6", "MIT"): set()}
    assert list(deny.check_versions({"skip": []}, two)) == ["sqlx is there in several versions: 0.8.6, 0.9.0"]
    assert not list(deny.check_versions({"skip": [{"crate": "sqlx@0.8"}]}, two))
    assert list(deny.check_versions({"skip": [{"crate": "sqlx@0.80"}]}, two))


@pytest.mark.parametrize(
    ("expression", "met"),
    [
        ("MIT", True),
        ("GPL-3.0", False),
        ("", False),
        ("MIT/GPL-3.0", True),
        ("GPL-3.0 OR MIT", True),
        ("GPL-3.0 AND MIT", False),
        ("MIT OR GPL-3.0 AND GPL-2.0", True),
        ("(MIT OR GPL-3.0) AND GPL-2.0", False),
        ("(GPL-3.0 OR MIT) AND ISC", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("Apache-2.0 WITH Classpath-exception", False),
    ],
)
def test_a_licence_is_allowed_if_its_expression_can_be_met(expression, met):
    assert deny.accepted(expression, ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]) is met


def test_a_licence_allowed_by_exception_is_allowed_to_that_crate_alone():
    data = {deny.Package(name, "1.0.0", "CDLA-Permissive-2.0"): set() for name in ("roots", "other")}
    licences = {"allow": ["MIT"], "exceptions": [{"crate": "roots", "allow": ["CDLA-Permissive-2.0"]}]}
    assert list(deny.check_licences(licences, data)) == ["other 1.0.0: licence 'CDLA-Permissive-2.0' is not allowed"]


def test_a_git_source_is_refused():
    lock = {"package": [{"name": "own"}, {"name": "far", "source": "git+https://example.org/far#abc"}]}
    assert list(deny.check_sources(lock)) == [
        "far comes from git+https://example.org/far#abc; only crates.io is allowed"
    ]
