//! Signatures under webhooks that gateways send.

use aws_lc_rs::hmac;

/// Whether one of these signatures is Stripe's for a body that was sent at a moment: the HMAC-SHA-256
/// of the moment, a point and the body, under the secret as it is written. Each comparison takes a time
/// that does not depend on how much of a signature is right.
pub fn is_signed_by_stripe(
    secret: &str,
    moment: &str,
    body: &[u8],
    signatures: &[[u8; 32]],
) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut signed = Vec::with_capacity(moment.len() + 1 + body.len());
    signed.extend_from_slice(moment.as_bytes());
    signed.push(b'.');
    signed.extend_from_slice(body);
    signatures.iter().any(|signature| hmac::verify(&key, &signed, signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    // HMAC-SHA-256 of `1700000000.{}` under `whsec_test`, from Python's hmac module.
    const SIGNATURE: [u8; 32] = [
        0x35, 0x49, 0x50, 0x24, 0xf4, 0xef, 0x3f, 0x94, 0xe5, 0xa9, 0x3e, 0x22, 0x22, 0x15, 0x44,
        0xc4, 0xb7, 0x5e, 0x9a, 0x42, 0x30, 0x0c, 0xd9, 0x65, 0xab, 0x81, 0xcb, 0x85, 0xcd, 0x99,
        0x4e, 0x91,
    ];

    #[test]
    fn the_signature_of_the_moment_and_the_body_is_recognised_and_no_other() {
        let is_signed = |secret, moment, body: &[u8]| {
            is_signed_by_stripe(secret, moment, body, &[[0; 32], SIGNATURE])
        };
        assert!(is_signed("whsec_test", "1700000000", b"{}"));
        assert!(!is_signed("whsec_tesT", "1700000000", b"{}"));
        assert!(!is_signed("whsec_test", "1700000001", b"{}"));
        assert!(!is_signed("whsec_test", "1700000000", b"{ }"));
        assert!(!is_signed_by_stripe("whsec_test", "1700000000", b"{}", &[]));
    }
}
