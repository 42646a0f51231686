//! The real clock and the real source of randomness: the only place where the outside is asked.

use std::sync::{Arc, Mutex, PoisonError};

use cardfile_domain::ports::{Clock, Gateway, Ids};
use cardfile_gateway::Sandbox;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

/// What is outside of a server, and injected wherever it is needed.
#[derive(Clone)]
pub struct World {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn Ids>,
    /// Who verifies cards.
    pub gateway: Arc<dyn Gateway>,
}

impl World {
    /// The world as it is.
    pub fn real() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds::default()),
            gateway: Arc::new(Sandbox),
        }
    }
}

/// The time of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the Clock that all others inject")]
        let now = Timestamp::now();
        // The databases keep microseconds; what is answered must be what is read back later.
        let to_micros = TimestampRound::new().smallest(Unit::Microsecond).mode(RoundMode::Trunc);
        now.round(to_micros).unwrap_or(now)
    }
}

/// How much randomness is asked for at once: a system call costs more than 64 ids.
const BLOCK_BYTES: usize = 512;
const ID_BYTES: usize = size_of::<u64>();

/// Ids from the operating system's randomness, fetched in blocks.
#[derive(Default)]
pub struct RandomIds(Mutex<Block>);

struct Block {
    bytes: [u8; BLOCK_BYTES],
    used: usize,
}

impl Default for Block {
    fn default() -> Self {
        Self { bytes: [0; BLOCK_BYTES], used: BLOCK_BYTES }
    }
}

impl Ids for RandomIds {
    fn random(&self) -> u64 {
        let mut block = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if block.used == BLOCK_BYTES {
            fill(&mut block.bytes);
            block.used = 0;
        }
        let start = block.used;
        block.used += ID_BYTES;
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&block.bytes[start..start + ID_BYTES]);
        // What was handed out is not left lying about.
        block.bytes[start..start + ID_BYTES].fill(0);
        u64::from_ne_bytes(id)
    }
}

/// 128 unforeseeable bits.
pub(crate) fn random_bytes<const N: usize>(ids: &dyn Ids) -> [u8; N] {
    let mut bytes = [0; N];
    for chunk in bytes.chunks_mut(ID_BYTES) {
        chunk.copy_from_slice(&ids.random().to_ne_bytes()[..chunk.len()]);
    }
    bytes
}

fn fill(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        // A server whose ids can be foreseen is worse than none.
        tracing::error!(%error, "the operating system gives no random numbers");
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_do_not_repeat_across_blocks() {
        let ids = RandomIds::default();
        let count = 3 * BLOCK_BYTES / ID_BYTES;
        let seen: HashSet<_> = (0..count).map(|_| ids.random()).collect();
        assert_eq!(seen.len(), count);
    }

    #[test]
    fn a_block_is_wiped_as_it_is_handed_out() {
        let ids = RandomIds::default();
        for _ in 0..BLOCK_BYTES / ID_BYTES {
            ids.random();
        }
        assert_eq!(ids.0.lock().unwrap().bytes, [0; BLOCK_BYTES]);
    }

    #[test]
    fn the_clock_tells_whole_microseconds() {
        assert_eq!(SystemClock.now().subsec_nanosecond() % 1000, 0);
    }

    #[test]
    fn any_number_of_bytes_can_be_drawn() {
        let bytes = random_bytes::<31>(&RandomIds::default());
        assert!(bytes.iter().any(|byte| *byte != 0));
    }
}
