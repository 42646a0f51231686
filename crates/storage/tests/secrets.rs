//! A card number and a security code have no way into a database.
//!
//! What must not compile stands in `src/refused.rs`, beside what does.

use cardfile_domain::{card_number::CardNumber, security_code::SecurityCode};

/// Does not compile if a type has the trait: there would then be two ways to read the last line.
macro_rules! assert_is_not {
    ($type:ty: $($bound:tt)+) => {{
        trait MayBe<Which> {
            fn is_not() {}
        }
        struct Other;
        impl<T: ?Sized> MayBe<()> for T {}
        impl<T: ?Sized + $($bound)+> MayBe<Other> for T {}
        <$type as MayBe<_>>::is_not();
    }};
}

#[test]
fn no_secret_is_copied_written_or_bound_to_a_statement() {
    assert_is_not!(CardNumber: Clone);
    assert_is_not!(CardNumber: std::fmt::Display);
    assert_is_not!(CardNumber: serde::Serialize);
    assert_is_not!(CardNumber: rusqlite::ToSql);
    assert_is_not!(CardNumber: sqlx::Type<sqlx::Sqlite>);
    assert_is_not!(CardNumber: sqlx::Type<sqlx::Postgres>);
    assert_is_not!(SecurityCode: Clone);
    assert_is_not!(SecurityCode: std::fmt::Display);
    assert_is_not!(SecurityCode: serde::Serialize);
    assert_is_not!(SecurityCode: rusqlite::ToSql);
    assert_is_not!(SecurityCode: sqlx::Type<sqlx::Sqlite>);
    assert_is_not!(SecurityCode: sqlx::Type<sqlx::Postgres>);
}
