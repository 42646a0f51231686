//! How ids are made of a time, a bucket and randomness.

use uuid::Uuid;

use super::Bucket;
use crate::card_number::looks_like_issued_number;

/// How many are looked at for one that does not look like the number of a card. One in fifteen thousand does.
const CANDIDATES: u64 = 8;
/// What lies between two of them: far enough for every digit to change.
const APART: u64 = 0x9e37_79b9_7f4a_7c15;

/// The bytes of an id which has no row of digits that would pass for the number of a card.
pub(super) fn plain(bucket: Bucket, millis: u64, random: u64) -> [u8; 16] {
    let candidates = (0..CANDIDATES).map(|n| random.wrapping_add(n.wrapping_mul(APART)));
    let mut ids = candidates.map(|random| uuid_of(bucket, millis, random));
    let looks_plain = |bytes: &[u8; 16]| {
        let mut text = [0; 32];
        !looks_like_issued_number(Uuid::from_bytes(*bytes).simple().encode_lower(&mut text))
    };
    ids.find(looks_plain).unwrap_or_else(|| uuid_of(bucket, millis, random))
}

fn uuid_of(bucket: Bucket, millis: u64, random: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    let [high, low] = bucket.0.to_be_bytes();
    bytes[6] = 0x70 | high;
    bytes[7] = low;
    bytes[8..].copy_from_slice(&random.to_be_bytes());
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_looks_like_a_card_number() {
        for (millis, number, random) in [
            (0x01a2_0620_9b34, 0x634, 0x1985_2508_1c9d_f70a),
            (0x0a30_5693_0902, 0x009, 0x2000_0000_0000_000b),
            (0, 0, 0x2378_2822_4631_0005),
        ] {
            let bucket = Bucket::new(number);
            let text = |bytes| Uuid::from_bytes(bytes).simple().to_string();
            let unlucky = text(uuid_of(bucket, millis, random));
            assert!(looks_like_issued_number(&unlucky), "{unlucky}");
            let id = text(plain(bucket, millis, random));
            assert!(!looks_like_issued_number(&id), "{id}");
            assert_eq!(id[..16], unlucky[..16]);
        }
    }
}
