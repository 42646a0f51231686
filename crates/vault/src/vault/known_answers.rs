//! Stored data depends on every figure here: a change that breaks one of these tests loses the
//! cards of everybody who upgrades. The figures were computed by another implementation of the
//! same standards, from the description in the crate's documentation.

use cardfile_domain::id::ErrandId;

use super::*;

const ROOT_KEY: &str = "cardfile-root-key-1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh/6mUTS";

/// Versions 1 and 3 of an entity's keys, of which 3 is current.
const WRAPPED_KEYS: &str = concat!(
    "01fa9944d2a0a1a2a3a4a5a6a7a8a9aaab698ceab51e01517e5d5373f7fc2ea8",
    "7a5784aa7ad71b638a6b03ff60d7efd0584b7fe8639c465625723a2051daefb6",
    "aadfc87d917208419a87d2bfbcb722f872ab7fab90e05740ac7b62b6fd576c95",
    "7699797f518a11",
);
const SEALED_BY_1: &str =
    "b0b1b2b3b4b5b6b7b8b9babb18ebc1e48b71f9dbe9f3a125c34d37d18380230fc153a66cf5c2551360573036";
const SEALED_BY_3: &str =
    "b0b1b2b3b4b5b6b7b8b9babbdd899610ce03bf1569b7b0899614cadbc95d2fb26170cd7a01a556a4d467d317";
const NOTE_BY_3: &str =
    "b0b1b2b3b4b5b6b7b8b9babbe3463c6ba8a569b009a8cafab0b23a97148ff5a4b56db03a1b";
const FINGERPRINT: &str = "5a99ee21d2d273943a8cc061265c8129b0612d153357f6033f1a41e74fb64208";
const REQUEST_MAC: &str = "b9077e32b478bffc3d3603789c0f197a1911795ce966b7dca1ae2a944e5adca3";
const SECRET_HASH: &str = "bf183330e18d4c6579f4d1f003490c649755d88a42c80e33a517314a8804b78e";
const TOKEN_MAC: &str = "4a32f88373c352125f5037fbb7064c390a2d83550c6f74a56834f9fd75348243";
const SESSION_HASH: &str = "91817f30f0516aa375e989d57f2e14fd9e01c9fe933b4b2bf5292b90ab5e4c40";
const PUBLISHABLE_KEY: &str = "pk_0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e86cdc6dcae02c406596c3fbf64f097e8";

fn entity() -> EntityId {
    EntityId::from_bytes([0x0e; 16])
}

fn client() -> ClientId {
    ClientId::from_bytes([0x0c; 16])
}

fn card() -> PaymentMethodId {
    "2c92c0f952e407170152f11b73e65d85".parse().unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn vault() -> Vault {
    let vault = Vault::new(RootKey::from_file_text(ROOT_KEY).unwrap());
    vault.load_entity(entity(), &bytes(WRAPPED_KEYS)).unwrap();
    vault
}

#[test]
fn a_root_key_file_is_written_as_it_was_read() {
    let root = RootKey::from_file_text(ROOT_KEY).unwrap();
    assert_eq!(root.to_file_text().as_str(), ROOT_KEY);
}

#[test]
fn stored_keys_keep_their_versions() {
    let expected = KeyStatus { entity: entity(), versions: vec![1, 3], current: 3 };
    assert_eq!(vault().key_status(), [expected]);
}

#[test]
fn a_stored_number_opens_under_the_key_version_that_sealed_it() {
    for (key_version, sealed) in [(1, SEALED_BY_1), (3, SEALED_BY_3)] {
        let sealed = SealedNumber { bytes: bytes(sealed), key_version };
        let number = vault().open(entity(), card(), &sealed).unwrap();
        assert_eq!(number.expose(), "4111111111111111");
    }
}

#[test]
fn a_number_is_sealed_by_the_current_key() {
    let vault = vault();
    let sealed = vault.seal(entity(), card(), &"4111111111111111".parse().unwrap()).unwrap();
    assert_eq!(sealed.key_version, 3);
    assert_eq!(sealed.bytes.len(), SEALED_BY_3.len() / 2);
}

#[test]
fn a_number_is_of_no_use_under_another_key_version() {
    for (key_version, sealed) in [(3, SEALED_BY_1), (1, SEALED_BY_3)] {
        let sealed = SealedNumber { bytes: bytes(sealed), key_version };
        let opened = vault().open(entity(), card(), &sealed);
        assert_eq!(opened.unwrap_err(), VaultError::NumberDamaged);
    }
    let sealed = SealedNumber { bytes: bytes(SEALED_BY_1), key_version: 2 };
    let opened = vault().open(entity(), card(), &sealed);
    assert_eq!(opened.unwrap_err(), VaultError::UnknownKeyVersion);
}

#[test]
fn stored_hashes_and_signatures_stay_what_they_are() {
    let vault = vault();
    let number = "4111111111111111".parse().unwrap();
    let fingerprint = vault.fingerprint(entity(), &number).unwrap();
    assert_eq!(fingerprint.0.as_slice(), bytes(FINGERPRINT));
    let parts: [&[u8]; 3] = [b"PUT", b"", b"a body"];
    let request = vault.request_mac(entity(), &parts).unwrap();
    assert_eq!(request.as_slice(), bytes(REQUEST_MAC));
    assert_eq!(vault.secret_hash(client(), "a secret").as_slice(), bytes(SECRET_HASH));
    assert_eq!(vault.sign_token(b"a payload").as_slice(), bytes(TOKEN_MAC));
    assert_eq!(vault.session_hash("a token").as_slice(), bytes(SESSION_HASH));
    assert_eq!(vault.publishable_key(entity()).to_string(), PUBLISHABLE_KEY);
}

#[test]
fn a_stored_note_opens() {
    let errand = ErrandName { entity: entity(), id: ErrandId::from_bytes([0x0d; 16]) };
    let note = SealedNote { bytes: bytes(NOTE_BY_3), key_version: 3 };
    assert_eq!(vault().open_note(errand, &note).unwrap().as_slice(), b"a request");
}
