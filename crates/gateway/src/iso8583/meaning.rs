//! What the response codes of ISO 8583 mean for a card that was only verified.

use cardfile_domain::{ports::Verdict, refusal::Decline};

use super::message::Response;

/// The verdict of a response; nothing where the host itself did not know.
pub(super) fn judge(response: &Response, has_code: bool) -> Option<Verdict> {
    let decline = match response.code.as_str() {
        // "No reason to decline" is the answer that schemes have for an amount of zero.
        "00" | "85" if has_code && response.code_result == Some(b'N') => {
            Decline::IncorrectSecurityCode
        }
        "00" | "85" => return Some(Verdict::Approved),
        "N7" | "82" => Decline::IncorrectSecurityCode,
        "33" | "54" => Decline::ExpiredCard,
        "07" | "34" | "35" | "36" | "37" | "38" | "41" | "43" => Decline::LostOrStolen,
        "51" | "61" | "65" => Decline::InsufficientFunds,
        "06" | "30" | "58" | "89" | "92" | "94" => Decline::ProcessingError,
        // Issuer, switch or system are away, or answered too late.
        "68" | "91" | "96" => return None,
        _ => Decline::DoNotHonor,
    };
    Some(Verdict::Declined(decline))
}

/// What came of a reversal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reversal {
    /// Nothing is left of the request, or there was nothing of it.
    Done,
    /// The host will not say so.
    Refused,
}

pub(super) fn reversal(response: &Response) -> Reversal {
    match response.code.as_str() {
        // 21: no action was taken; 25: no such request.
        "00" | "21" | "25" => Reversal::Done,
        _ => Reversal::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(code: &str, code_result: Option<u8>) -> Response {
        Response { code: code.to_owned(), code_result }
    }

    #[test]
    fn each_response_code_has_its_meaning() {
        for (code, expected) in [
            ("00", Some(Verdict::Approved)),
            ("85", Some(Verdict::Approved)),
            ("05", Some(Verdict::Declined(Decline::DoNotHonor))),
            ("14", Some(Verdict::Declined(Decline::DoNotHonor))),
            ("57", Some(Verdict::Declined(Decline::DoNotHonor))),
            ("N7", Some(Verdict::Declined(Decline::IncorrectSecurityCode))),
            ("82", Some(Verdict::Declined(Decline::IncorrectSecurityCode))),
            ("54", Some(Verdict::Declined(Decline::ExpiredCard))),
            ("41", Some(Verdict::Declined(Decline::LostOrStolen))),
            ("43", Some(Verdict::Declined(Decline::LostOrStolen))),
            ("51", Some(Verdict::Declined(Decline::InsufficientFunds))),
            ("30", Some(Verdict::Declined(Decline::ProcessingError))),
            ("91", None),
            ("96", None),
        ] {
            assert_eq!(judge(&response(code, None), true), expected, "{code}");
        }
    }

    #[test]
    fn an_approval_with_a_code_that_does_not_match_is_none() {
        let no_match = response("00", Some(b'N'));
        let wrong = Verdict::Declined(Decline::IncorrectSecurityCode);
        assert_eq!(judge(&no_match, true), Some(wrong));
        assert_eq!(judge(&no_match, false), Some(Verdict::Approved));
        for other in [b'M', b'P', b'S', b'U'] {
            assert_eq!(judge(&response("85", Some(other)), true), Some(Verdict::Approved));
        }
    }

    #[test]
    fn a_reversal_of_what_is_not_there_is_done() {
        for code in ["00", "21", "25"] {
            assert_eq!(reversal(&response(code, None)), Reversal::Done);
        }
        for code in ["05", "91", "96", "12"] {
            assert_eq!(reversal(&response(code, None)), Reversal::Refused);
        }
    }
}
