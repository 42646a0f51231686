//! How often something may be asked for: a bucket for each who asks, in which room is made as time goes
//! by.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use cardfile_domain::{
    id::EntityId,
    limits::{CARD_TOKENS_A_MINUTE, CARD_TOKENS_OF_KEY_A_MINUTE},
};
use jiff::Timestamp;

use crate::Failure;

/// Who asks: everybody with the entity's key, or one address with it.
type Asker = (EntityId, Option<IpAddr>);

/// Askers that are remembered at a time. Whoever has more addresses than this has to share the room
/// that all of them have together.
const ASKERS_MAX: usize = 20_000;
const MINUTE_MICROS: i64 = 60_000_000;

/// For each asker, the moment at which all of its room will be free again.
#[derive(Default)]
pub(crate) struct Rates(Mutex<HashMap<Asker, Timestamp>>);

impl Rates {
    /// Takes one place for a token, of the address and of the key.
    pub(crate) fn take(
        &self,
        entity: EntityId,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let mut askers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if askers.len() >= ASKERS_MAX {
            askers.retain(|_, free| *free > now);
        }
        let own = address.map(network);
        let of_all = next(askers.get(&(entity, None)), CARD_TOKENS_OF_KEY_A_MINUTE, now)?;
        let has_room = askers.len() < ASKERS_MAX || askers.contains_key(&(entity, own));
        if own.is_some() && has_room {
            let of_address = next(askers.get(&(entity, own)), CARD_TOKENS_A_MINUTE, now)?;
            askers.insert((entity, own), of_address);
        }
        askers.insert((entity, None), of_all);
        Ok(())
    }
}

/// When all room will be free again after one more, or how long to wait for room.
fn next(free: Option<&Timestamp>, a_minute: u32, now: Timestamp) -> Result<Timestamp, Failure> {
    let free = free.map_or(now, |free| (*free).max(now));
    let one = MINUTE_MICROS / i64::from(a_minute);
    let after = free.as_microsecond() + one;
    let over = after - now.as_microsecond() - MINUTE_MICROS;
    if over > 0 {
        let seconds = u32::try_from(over.div_euclid(1_000_000) + 1).unwrap_or(u32::MAX);
        return Err(Failure::TooOften { seconds });
    }
    Ok(Timestamp::from_microsecond(after).unwrap_or(now))
}

/// One who has an IPv6 network has all of its addresses.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.into(),
            None => std::net::Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn entity(number: u8) -> EntityId {
        EntityId::from_bytes([number; 16])
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn waits(taken: Result<(), Failure>) -> Option<u32> {
        match taken {
            Ok(()) => None,
            Err(Failure::TooOften { seconds }) => Some(seconds),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn an_address_has_a_minutes_worth_at_once_and_then_one_at_a_time() {
        let rates = Rates::default();
        let take = |second| {
            let now = NOW + SignedDuration::from_secs(second);
            waits(rates.take(entity(1), Some(address("192.0.2.1")), now))
        };
        for count in 0..CARD_TOKENS_A_MINUTE {
            assert_eq!(take(0), None, "{count}");
        }
        assert_eq!(take(0), Some(2));
        assert_eq!(take(1), None);
        assert_eq!(take(1), Some(2));
        assert_eq!(take(1000), None);
    }

    #[test]
    fn another_address_and_another_entity_have_room_of_their_own() {
        let rates = Rates::default();
        let take = |n, text| waits(rates.take(entity(n), Some(address(text)), NOW));
        while take(1, "2001:db8::1").is_none() {}
        assert!(take(1, "2001:db8::2").is_some(), "it is in the same network");
        assert_eq!(take(1, "2001:db8:0:1::1"), None);
        assert_eq!(take(2, "2001:db8::1"), None);
    }

    #[test]
    fn all_addresses_together_have_a_bound() {
        let rates = Rates::default();
        let mut given = 0;
        for last in 0..=255 {
            let from = Some(address(&format!("192.0.2.{last}")));
            while waits(rates.take(entity(1), from, NOW)).is_none() {
                given += 1;
            }
        }
        assert_eq!(given, CARD_TOKENS_OF_KEY_A_MINUTE);
        assert_eq!(waits(rates.take(entity(2), None, NOW)), None);
    }
}
