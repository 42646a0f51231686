//! The rules of the business, over the wire.

mod attach;
mod brands;
mod default_card;
mod duplicates;
mod expiry;
mod places;
mod retry;
mod scrub;
mod verify;

use cardfile_tests::suite::Case;

pub(crate) fn cases() -> Vec<Case> {
    [
        attach::cases(),
        brands::cases(),
        default_card::cases(),
        duplicates::cases(),
        expiry::cases(),
        places::cases(),
        retry::cases(),
        scrub::cases(),
        verify::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
