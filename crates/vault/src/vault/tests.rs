//! What the vault promises, apart from the layout of what it stores.

use std::collections::HashSet;

use cardfile_domain::id::{Bucket, ErrandId};
use proptest::prelude::*;

use super::*;

const VISA: &str = "4111111111111111";

fn entity(n: u8) -> EntityId {
    EntityId::from_bytes([n; 16])
}

fn card(n: u64) -> PaymentMethodId {
    PaymentMethodId::new(Bucket::new(1), 1, n)
}

fn client(n: u8) -> ClientId {
    ClientId::from_bytes([n; 16])
}

fn number(text: &str) -> CardNumber {
    text.parse().unwrap()
}

fn root_key() -> RootKey {
    RootKey::generate().unwrap()
}

/// A vault that knows entities 1 and 2.
fn vault() -> Vault {
    let vault = Vault::new(root_key());
    for n in [1, 2] {
        let wrapped = vault.new_entity(entity(n)).unwrap();
        vault.load_entity(entity(n), &wrapped).unwrap();
    }
    vault
}

fn with_bit_flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[bit / 8] ^= 1 << (bit % 8);
    flipped
}

/// Numbers of every length whose check digit fits.
fn any_number() -> impl Strategy<Value = String> {
    "[0-9]{11,18}".prop_map(|body| {
        let fits = |check: &char| format!("{body}{check}").parse::<CardNumber>().is_ok();
        let check = ('0'..='9').find(fits).unwrap();
        format!("{body}{check}")
    })
}

#[test]
fn a_sealed_number_opens_after_a_restart() {
    let first = Vault::new(root_key());
    let wrapped = first.new_entity(entity(1)).unwrap();
    first.load_entity(entity(1), &wrapped).unwrap();
    let sealed = first.seal(entity(1), card(1), &number(VISA)).unwrap();

    let text = first.root.to_file_text();
    let second = Vault::new(RootKey::from_file_text(&format!("{}\n", *text)).unwrap());
    second.load_entity(entity(1), &wrapped).unwrap();
    assert_eq!(second.open(entity(1), card(1), &sealed).unwrap().expose(), VISA);
}

#[test]
fn a_sealed_number_does_not_show_its_digits() {
    let sealed = vault().seal(entity(1), card(1), &number(VISA)).unwrap();
    assert!(!sealed.bytes.windows(4).any(|window| window == b"1111"));
}

#[test]
fn a_number_moved_to_another_card_or_entity_does_not_open() {
    let vault = vault();
    let sealed = vault.seal(entity(1), card(1), &number(VISA)).unwrap();
    for (entity, card) in [(entity(1), card(2)), (entity(2), card(1)), (entity(2), card(2))] {
        let opened = vault.open(entity, card, &sealed);
        assert_eq!(opened.unwrap_err(), VaultError::NumberDamaged);
    }
}

#[test]
fn a_number_moved_to_an_entity_with_the_same_keys_does_not_open() {
    let root = root_key();
    let seeds = Seeds::generate().unwrap();
    let wrapped = [1, 2].map(|n| seeds.wrap(&root, entity(n)).unwrap());
    let vault = Vault::new(root);
    vault.load_entity(entity(1), &wrapped[0]).unwrap();
    vault.load_entity(entity(2), &wrapped[1]).unwrap();
    let sealed = vault.seal(entity(1), card(1), &number(VISA)).unwrap();
    let opened = vault.open(entity(2), card(1), &sealed);
    assert_eq!(opened.unwrap_err(), VaultError::NumberDamaged);
}

#[test]
fn a_number_cut_short_or_grown_does_not_open() {
    let vault = vault();
    let sealed = vault.seal(entity(1), card(1), &number(VISA)).unwrap();
    for len in 0..sealed.bytes.len() {
        let short = SealedNumber { bytes: sealed.bytes[..len].to_vec(), ..sealed };
        let opened = vault.open(entity(1), card(1), &short);
        assert_eq!(opened.unwrap_err(), VaultError::NumberDamaged);
    }
    let mut grown = sealed;
    grown.bytes.push(0);
    let opened = vault.open(entity(1), card(1), &grown);
    assert_eq!(opened.unwrap_err(), VaultError::NumberDamaged);
}

#[test]
fn one_number_sealed_twice_looks_different_each_time() {
    let vault = vault();
    let mut nonces = HashSet::new();
    let mut rests = HashSet::new();
    for _ in 0..1000 {
        let sealed = vault.seal(entity(1), card(1), &number(VISA)).unwrap();
        let (nonce, rest) = sealed.bytes.split_at(12);
        nonces.insert(nonce.to_vec());
        rests.insert(rest.to_vec());
    }
    assert_eq!((nonces.len(), rests.len()), (1000, 1000));
}

#[test]
fn equal_numbers_share_a_fingerprint_within_one_entity_only() {
    let vault = vault();
    let one = vault.fingerprint(entity(1), &number(VISA)).unwrap();
    assert_eq!(vault.fingerprint(entity(1), &number("4111 1111 1111 1111")).unwrap(), one);
    assert_ne!(vault.fingerprint(entity(1), &number("5555555555554444")).unwrap(), one);
    assert_ne!(vault.fingerprint(entity(2), &number(VISA)).unwrap(), one);
}

#[test]
fn a_request_is_recognised_by_its_parts_within_one_entity_only() {
    let vault = vault();
    let mac = |n, parts: &[&[u8]]| vault.request_mac(entity(n), parts).unwrap();
    let one = mac(1, &[b"ab", b"c"]);
    assert_eq!(mac(1, &[b"ab", b"c"]), one);
    for other in [&[b"a".as_slice(), b"bc"][..], &[b"abc"], &[b"ab", b"c", b""], &[b"c", b"ab"]] {
        assert_ne!(mac(1, other), one);
    }
    assert_ne!(mac(2, &[b"ab", b"c"]), one);
}

#[test]
fn a_fingerprint_is_no_request_mac() {
    let vault = vault();
    let framed = [16_u64.to_be_bytes().as_slice(), VISA.as_bytes()].concat();
    let keys = vault.keys(entity(1)).unwrap();
    assert_ne!(
        mac(&keys.current().fingerprints, &[&framed]),
        vault.request_mac(entity(1), &[VISA.as_bytes()]).unwrap()
    );
}

#[test]
fn a_secret_matches_its_own_hash_of_its_own_client_only() {
    let vault = vault();
    let hash = vault.secret_hash(client(1), "right");
    assert!(vault.secret_matches(client(1), "right", &hash));
    assert!(!vault.secret_matches(client(1), "wrong", &hash));
    assert!(!vault.secret_matches(client(1), "", &hash));
    assert!(!vault.secret_matches(client(2), "right", &hash));
    assert!(!Vault::new(root_key()).secret_matches(client(1), "right", &hash));
}

#[test]
fn a_token_is_known_by_its_signature() {
    let vault = vault();
    let mac = vault.sign_token(b"payload");
    assert!(vault.token_matches(b"payload", &mac));
    assert!(!vault.token_matches(b"payloaD", &mac));
    assert!(!Vault::new(root_key()).token_matches(b"payload", &mac));
    for len in 0..mac.len() {
        assert!(!vault.token_matches(b"payload", &mac[..len]));
    }
    for bit in 0..mac.len() * 8 {
        assert!(!vault.token_matches(b"payload", &with_bit_flipped(&mac, bit)));
    }
    assert!(!vault.token_matches(b"payload", &[mac.as_slice(), &[0]].concat()));
}

#[test]
fn a_secret_hash_is_no_token_signature() {
    let vault = vault();
    let payload = [client(1).as_bytes().as_slice(), b"secret"].concat();
    assert!(!vault.token_matches(&payload, &vault.secret_hash(client(1), "secret")));
}

#[test]
fn another_root_key_is_named() {
    let wrapped = vault().new_entity(entity(1)).unwrap();
    let loaded = Vault::new(root_key()).load_entity(entity(1), &wrapped);
    assert_eq!(loaded, Err(VaultError::WrongRootKey));
    assert!(VaultError::WrongRootKey.to_string().contains("root key does not belong"));
}

#[test]
fn wrapped_keys_load_for_no_other_entity() {
    let vault = vault();
    let wrapped = vault.new_entity(entity(1)).unwrap();
    assert_eq!(vault.load_entity(entity(2), &wrapped), Err(VaultError::KeysDamaged));
}

#[test]
fn a_flipped_bit_anywhere_in_wrapped_keys_is_refused() {
    let vault = vault();
    let wrapped = vault.new_entity(entity(3)).unwrap();
    for bit in 0..wrapped.len() * 8 {
        let expected = match bit / 8 {
            0 => VaultError::KeysTooNew,
            1..5 => VaultError::WrongRootKey,
            _ => VaultError::KeysDamaged,
        };
        let loaded = vault.load_entity(entity(3), &with_bit_flipped(&wrapped, bit));
        assert_eq!(loaded, Err(expected), "bit {bit}");
    }
    for len in 0..wrapped.len() {
        let loaded = vault.load_entity(entity(3), &wrapped[..len]);
        assert_eq!(loaded, Err(VaultError::KeysDamaged), "length {len}");
    }
    assert!(!vault.has_entity(entity(3)));
}

#[test]
fn two_new_entities_never_share_keys() {
    let vault = vault();
    let first = vault.new_entity(entity(1)).unwrap();
    assert_ne!(vault.new_entity(entity(1)).unwrap(), first);
    let before = vault.fingerprint(entity(1), &number(VISA)).unwrap();
    vault.load_entity(entity(1), &first).unwrap();
    assert_ne!(vault.fingerprint(entity(1), &number(VISA)).unwrap(), before);
}

#[test]
fn an_entity_is_unknown_until_it_is_loaded() {
    let vault = Vault::new(root_key());
    let wrapped = vault.new_entity(entity(1)).unwrap();
    let sealed = SealedNumber { bytes: vec![0; 44], key_version: 1 };
    let visa = number(VISA);
    assert!(!vault.has_entity(entity(1)));
    for failure in [
        vault.seal(entity(1), card(1), &visa).unwrap_err(),
        vault.open(entity(1), card(1), &sealed).unwrap_err(),
        vault.fingerprint(entity(1), &visa).unwrap_err(),
        vault.request_mac(entity(1), &[]).unwrap_err(),
    ] {
        assert_eq!(failure, VaultError::UnknownEntity);
    }
    vault.load_entity(entity(1), &wrapped).unwrap();
    assert!(vault.has_entity(entity(1)));
    assert!(!vault.has_entity(entity(2)));
}

#[test]
fn the_status_lists_entities_in_order() {
    let status = |n| KeyStatus { entity: entity(n), versions: vec![1], current: 1 };
    assert_eq!(vault().key_status(), [status(1), status(2)]);
}

#[test]
fn a_vault_prints_nothing_of_its_keys() {
    assert_eq!(format!("{:?}", vault()), "Vault(..)");
}

#[test]
fn a_vault_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    shared(&vault());
}

proptest! {
    #[test]
    fn every_number_comes_back_as_it_was_sealed(text in any_number(), id: u64) {
        let vault = vault();
        let sealed = vault.seal(entity(1), card(id), &number(&text)).unwrap();
        let opened = vault.open(entity(1), card(id), &sealed).unwrap();
        prop_assert_eq!(opened.expose(), text);
    }
}

proptest! {
    // Each case tries every bit.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_flipped_bit_anywhere_in_a_sealed_number_is_refused(text in any_number()) {
        let vault = vault();
        let sealed = vault.seal(entity(1), card(1), &number(&text)).unwrap();
        for bit in 0..sealed.bytes.len() * 8 {
            let flipped = SealedNumber { bytes: with_bit_flipped(&sealed.bytes, bit), ..sealed };
            let opened = vault.open(entity(1), card(1), &flipped);
            prop_assert_eq!(opened.unwrap_err(), VaultError::NumberDamaged);
        }
        for bit in 0..16 {
            let flipped = SealedNumber { key_version: sealed.key_version ^ (1 << bit), ..sealed.clone() };
            let opened = vault.open(entity(1), card(1), &flipped);
            prop_assert_eq!(opened.unwrap_err(), VaultError::UnknownKeyVersion);
        }
    }
}

fn errand(of: u8, n: u8) -> ErrandName {
    ErrandName { entity: entity(of), id: ErrandId::from_bytes([n; 16]) }
}

#[test]
fn a_note_opens_for_its_own_errand_only() {
    let vault = vault();
    let note = vault.seal_note(errand(1, 1), b"a request").unwrap();
    assert_eq!(vault.open_note(errand(1, 1), &note).unwrap().as_slice(), b"a request");
    for other in [errand(1, 2), errand(2, 1)] {
        assert_eq!(vault.open_note(other, &note).unwrap_err(), VaultError::NoteDamaged);
    }
    for bit in 0..note.bytes.len() * 8 {
        let bytes = with_bit_flipped(&note.bytes, bit);
        let opened = vault.open_note(errand(1, 1), &SealedNote { bytes, key_version: 1 });
        assert_eq!(opened.unwrap_err(), VaultError::NoteDamaged);
    }
    let unknown = SealedNote { key_version: 9, ..note };
    let opened = vault.open_note(errand(1, 1), &unknown);
    assert_eq!(opened.unwrap_err(), VaultError::UnknownKeyVersion);
}

#[test]
fn nothing_of_a_note_is_readable_in_its_seal() {
    let vault = vault();
    let note = vault.seal_note(errand(1, 1), VISA.as_bytes()).unwrap();
    assert!(!note.bytes.windows(4).any(|bytes| VISA.as_bytes().windows(4).any(|w| w == bytes)));
    assert_ne!(note, vault.seal_note(errand(1, 1), VISA.as_bytes()).unwrap());
}

#[test]
fn a_publishable_key_names_its_entity_and_no_other() {
    let vault = vault();
    let text = vault.publishable_key(entity(1)).to_string();
    assert_eq!(vault.entity_of(text.parse().unwrap()), Some(entity(1)));
    let foreign = Vault::new(RootKey::generate().unwrap()).publishable_key(entity(1));
    assert_eq!(vault.entity_of(foreign), None);
    for at in 3..text.len() {
        let mut changed = text.clone();
        let digit = if text[at..].starts_with('0') { "1" } else { "0" };
        changed.replace_range(at..=at, digit);
        assert_eq!(vault.entity_of(changed.parse().unwrap()), None, "{at}");
    }
}

#[test]
fn what_is_not_written_as_a_publishable_key_is_none() {
    let text = vault().publishable_key(entity(1)).to_string();
    let upper = text.to_uppercase();
    for other in ["", "pk_", &text[1..], &text[..66], &format!("{text}0"), &upper, "pk_\u{e9}"] {
        let parsed = other.parse::<crate::PublishableKey>();
        assert_eq!(parsed.unwrap_err(), VaultError::NotAPublishableKey, "{other}");
    }
}
