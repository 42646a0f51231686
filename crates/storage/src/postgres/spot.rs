//! Where a row lies, as PostgreSQL says when it finds it (`ctid`).
//!
//! A card that was found is soon written, and is not looked for by its key again: who knows where a row lies
//! walks through no index. Should the row have been written elsewhere meanwhile, nothing is found there
//! and what was decided is outdated, which is what its version would say as well.

use std::collections::HashMap;

use cardfile_domain::id::PaymentMethodId;
use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef, types::Oid},
};

/// The types of a place and of an array of them have had these numbers ever since.
const TID: PgTypeInfo = PgTypeInfo::with_oid(Oid(27));
const TID_ARRAY: PgTypeInfo = PgTypeInfo::with_oid(Oid(1010));

/// A place: four bytes for the page, two for the row in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot([u8; 6]);

/// Where the cards of a batch were found.
pub(super) type Spots = HashMap<PaymentMethodId, Spot>;

impl Type<Postgres> for Spot {
    fn type_info() -> PgTypeInfo {
        TID
    }
}

impl PgHasArrayType for Spot {
    fn array_type_info() -> PgTypeInfo {
        TID_ARRAY
    }
}

impl Encode<'_, Postgres> for Spot {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Spot {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Self(value.as_bytes()?.try_into()?))
    }
}
