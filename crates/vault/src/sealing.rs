//! AES-256-GCM with a key for each subject and a random nonce.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::kdf::Kdf;
use crate::label::Subject;

const TAG_LEN: usize = 16;

/// Seals under the subject's own key; the answer is nonce, ciphertext and tag.
pub(crate) fn seal(kdf: &Kdf, subject: &Subject, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_LEN];
    rand::fill(&mut nonce)?;
    // Wiped if the cipher fails, and never moved, because the room for all of it is there.
    let mut sealed = Zeroizing::new(Vec::with_capacity(NONCE_LEN + plain.len() + TAG_LEN));
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let tag = cipher(kdf, subject)?.seal_in_place_separate_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(subject.as_bytes()),
        &mut sealed[NONCE_LEN..],
    )?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(std::mem::take(&mut *sealed))
}

/// Opens what was sealed for the subject.
///
/// What does not open was altered, or belongs to another subject or another key; the caller knows
/// which `failure` that is.
pub(crate) fn open(
    kdf: &Kdf,
    subject: &Subject,
    sealed: &[u8],
    failure: VaultError,
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let cipher = cipher(kdf, subject)?;
    open_with(&cipher, subject, sealed).map_err(|Unspecified| failure)
}

fn open_with(
    cipher: &LessSafeKey,
    subject: &Subject,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(Unspecified)?;
    let mut buffer = Zeroizing::new(rest.to_vec());
    let len = cipher
        .open_in_place(
            Nonce::try_assume_unique_for_key(nonce)?,
            Aad::from(subject.as_bytes()),
            &mut buffer,
        )?
        .len();
    buffer.truncate(len);
    Ok(buffer)
}

fn cipher(kdf: &Kdf, subject: &Subject) -> Result<LessSafeKey, VaultError> {
    let key = kdf.key(subject)?;
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice())?))
}
