//! Arrays of which no more is kept than may be in them.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};

/// The items of an array, up to one more than there may be: by that it is seen to be too long.
///
/// An item of two bytes may be a struct of a thousand here, so what is too much must not even be
/// built before it is counted.
#[derive(Debug)]
pub(crate) struct UpTo<const MAX: usize, T>(pub(crate) Vec<T>);

impl<'de, const MAX: usize, T: Deserialize<'de>> Deserialize<'de> for UpTo<MAX, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor::<MAX, T>(PhantomData)).map(Self)
    }
}

struct ItemsVisitor<const MAX: usize, T>(PhantomData<T>);

impl<'de, const MAX: usize, T: Deserialize<'de>> Visitor<'de> for ItemsVisitor<MAX, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut kept = Vec::new();
        while kept.len() <= MAX {
            match items.next_element()? {
                Some(item) => kept.push(item),
                None => return Ok(kept),
            }
        }
        // The rest has to be JSON all the same.
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> serde_json::Result<Vec<u8>> {
        serde_json::from_str::<UpTo<2, u8>>(json).map(|items| items.0)
    }

    #[test]
    fn one_item_more_than_there_may_be_is_kept_and_no_other() {
        assert!(read("[]").unwrap().is_empty());
        assert_eq!(read("[1,2]").unwrap(), [1, 2]);
        assert_eq!(read("[1,2,3]").unwrap(), [1, 2, 3]);
        assert_eq!(read(r#"[1,2,3,4,{"a":[]},"b"]"#).unwrap(), [1, 2, 3]);
    }

    #[test]
    fn what_is_not_kept_has_to_be_json_too() {
        assert!(read("[1,2,3,4,oops]").unwrap_err().is_syntax());
        assert!(read("[1,2,3,4").unwrap_err().is_eof());
        assert!(read("1").unwrap_err().is_data());
    }
}
