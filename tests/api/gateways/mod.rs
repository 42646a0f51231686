//! What surrounds the gateways: questions that are left without an answer.

mod questions;

use cardfile_tests::suite::Case;

pub(super) fn cases() -> Vec<Case> {
    questions::cases()
}
