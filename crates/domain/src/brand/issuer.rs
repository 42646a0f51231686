//! The numbers that each scheme gives out, as data.

use std::ops::RangeInclusive;

use crate::card_number::CardNumber;

/// The numbers of one scheme.
pub(super) struct Issuer {
    /// By the first six digits.
    ranges: &'static [RangeInclusive<u32>],
    lengths: &'static [usize],
}

impl Issuer {
    pub(super) fn gives_out(&self, number: &CardNumber) -> bool {
        let prefix = number.first_six();
        self.lengths.contains(&number.len())
            && self.ranges.iter().any(|range| range.contains(&prefix))
    }
}

pub(super) const VISA: Issuer = Issuer { ranges: &[400_000..=499_999], lengths: &[13, 16, 19] };

pub(super) const ELECTRON: Issuer = Issuer { ranges: &[400_000..=499_999], lengths: &[16] };

pub(super) const MASTERCARD: Issuer =
    Issuer { ranges: &[510_000..=559_999, 222_100..=272_099], lengths: &[16] };

pub(super) const AMERICAN_EXPRESS: Issuer =
    Issuer { ranges: &[340_000..=349_999, 370_000..=379_999], lengths: &[15] };

pub(super) const DISCOVER: Issuer =
    Issuer { ranges: &[601_100..=601_199, 644_000..=659_999], lengths: &[16, 17, 18, 19] };

pub(super) const JCB: Issuer = Issuer { ranges: &[352_800..=358_999], lengths: &[16, 17, 18, 19] };

pub(super) const DINERS: Issuer = Issuer {
    ranges: &[300_000..=305_999, 309_500..=309_599, 360_000..=369_999, 380_000..=399_999],
    lengths: &[14, 15, 16, 17, 18, 19],
};

pub(super) const CUP: Issuer = Issuer { ranges: &[620_000..=629_999], lengths: &[16, 17, 18, 19] };

/// Of the numbers that begin with 6, those that Discover and CUP leave.
pub(super) const MAESTRO: Issuer = Issuer {
    ranges: &[
        500_000..=509_999,
        560_000..=589_999,
        600_000..=601_099,
        601_200..=619_999,
        630_000..=643_999,
        660_000..=699_999,
    ],
    lengths: &[12, 13, 14, 15, 16, 17, 18, 19],
};

pub(super) const ELO: Issuer = Issuer {
    ranges: &[
        401_178..=401_179,
        431_274..=431_274,
        438_935..=438_935,
        451_416..=451_416,
        457_393..=457_393,
        457_631..=457_632,
        504_175..=504_175,
        506_699..=506_778,
        509_000..=509_999,
        627_780..=627_780,
        636_297..=636_297,
        636_368..=636_368,
        650_031..=650_033,
        650_035..=650_051,
        650_405..=650_439,
        650_485..=650_538,
        650_541..=650_598,
        650_700..=650_718,
        650_720..=650_727,
        650_901..=650_920,
        651_652..=651_679,
        655_000..=655_019,
        655_021..=655_058,
    ],
    lengths: &[16],
};

pub(super) const HIPERCARD: Issuer = Issuer {
    ranges: &[
        606_282..=606_282,
        637_095..=637_095,
        637_568..=637_568,
        637_599..=637_599,
        637_609..=637_609,
        637_612..=637_612,
    ],
    lengths: &[16],
};
