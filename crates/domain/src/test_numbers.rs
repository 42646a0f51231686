//! Card numbers that processors publish for trying things out, and who takes them.
//!
//! A server for real cards takes none of them, and a sandbox takes nothing else: so nobody's card is
//! kept by a server that shows its clock to everybody, and nothing is charged to a card that is none.

use crate::{card_number::CardNumber, refusal::Refusal};

/// Which card numbers a server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumbersTaken {
    /// Published test numbers and no others.
    Test,
    /// All but published test numbers.
    Real,
}

impl NumbersTaken {
    /// Refuses a number that the server does not take.
    pub fn check(self, number: &CardNumber) -> Result<(), Refusal> {
        match (self, is_published(number)) {
            (Self::Test, true) | (Self::Real, false) => Ok(()),
            (Self::Test, false) => Err(Refusal::NotATestNumber),
            (Self::Real, true) => Err(Refusal::TestNumber),
        }
    }
}

/// Whether somebody publishes the number for tests.
pub fn is_published(number: &CardNumber) -> bool {
    PUBLISHED.contains(&number.expose())
}

/// Numbers from the documentation of Stripe, Braintree, `PayPal`, Adyen, Worldpay and Mercado Pago,
/// and four of ours, which the sandbox answers late or never.
#[rustfmt::skip]
pub static PUBLISHED: [&str; 130] = [
    "2222400070000005", "2223000048400011", "2223003122003222", "3056930009020004",
    "30569309025904", "343434343434343", "3528000700000000", "3530111333300000",
    "3566002020360505", "3569990010095841", "36006666333344", "36227206271667", "36700102000000",
    "370000000000002", "371180303257522", "371449635398431", "378282246310005", "38520000023237",
    "4000000000000002", "4000000000000010", "4000000000000028", "4000000000000036",
    "4000000000000044", "4000000000000069", "4000000000000077", "4000000000000101",
    "4000000000000119", "4000000000000127", "4000000000000200", "4000000000000259",
    "4000000000000341", "4000000000000408", "4000000000000499", "4000000000000598",
    "4000000000001976", "4000000000002685", "4000000000003055",
    "4000000000003220", "4000000000004954", "4000000000006975", "4000000000009235",
    "4000000000009979", "4000000000009987", "4000000000009995", "4000000360000006",
    "4000000400000008", "4000000560000004", "4000000760000002", "4000001240000000",
    "4000001560000002", "4000002080000001", "4000002460000001", "4000002500000003",
    "4000002500003155", "4000002760000016", "4000002760003184", "4000003440000004",
    "4000003560000008", "4000003720000005", "4000003800000008", "4000003800000446",
    "4000003920000003", "4000004580000002", "4000004840008001", "4000005280000002",
    "4000005540000008", "4000005780000007", "4000006160000005", "4000006200000007",
    "4000006420000001", "4000007020000003", "4000007240000007", "4000007520000008",
    "4000007560000009", "4000007640000003", "4000008260000000", "4000008400001280",
    "4000008400001629", "4000056655665556", "4000058260000005", "4000111111111115",
    "4005519200000004", "4009348888881881", "4012000033330026", "4012000077777777",
    "4012888888881881", "4100000000000019", "4111111111111111", "4166676667666746",
    "4217651111111119", "4222222222222", "4235647728025682", "4242424242424242",
    "4444333322221111", "4462030000000000", "4484070000000000", "4500600000000061",
    "4509953566233704", "4646464646464644", "4917300800000000", "4917610000000000",
    "5019717010103742", "5031433215406351", "5031755734530604", "50339619890917",
    "5066991111111118", "5105105105105100", "5200828282828210", "5454545454545454",
    "5555341244441115", "5555555555554444", "5577000055770004", "5610591081018250",
    "5895626746595650", "6011000990139424", "6011111111111117", "6011601160116611",
    "6011981111111113", "6062828888666688", "6200000000000005", "6200000000000047",
    "6205500000000000004", "6212345678901232", "6243030000000001", "6304000000000000",
    "6331101999990016", "6362970000457013", "6555900000604105", "6759649826438453",
    "6771798021000008",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_number_is_a_card_number() {
        for number in PUBLISHED {
            assert!(is_published(&number.parse().unwrap()), "{number}");
        }
        assert!(PUBLISHED.is_sorted());
    }

    #[test]
    fn each_kind_of_server_takes_what_the_other_refuses() {
        let test: CardNumber = "4111111111111111".parse().unwrap();
        assert_eq!(NumbersTaken::Test.check(&test), Ok(()));
        assert_eq!(NumbersTaken::Real.check(&test), Err(Refusal::TestNumber));
        // Well formed, and nobody's.
        let other: CardNumber = "0000000000000000".parse().unwrap();
        assert_eq!(NumbersTaken::Test.check(&other), Err(Refusal::NotATestNumber));
        assert_eq!(NumbersTaken::Real.check(&other), Ok(()));
    }
}
