//! The server in a world where nothing happens by chance: time stands still, ids are counted, and
//! the gateway is the sandbox. Two runs that are asked the same leave the same behind.
//!
//! For the proof that the proof can fail, the world can be told to let security codes slip: the
//! gateway is the last to hold one, and here it remembers what it should forget.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use cardfile_domain::ports::{Clock, Gateway, Ids, Verdict, Verification};
use cardfile_gateway::Sandbox;
use cardfile_server::{run_in, world::World};
use jiff::{SignedDuration, Timestamp};

/// Which leak to plant, if any.
const LEAK: &str = "FIXED_WORLD_LEAK";
/// The middle of the year 2030.
const NOW_SECONDS: i64 = 1_909_000_000;

/// What the gateway remembers of security codes, for clock and ids to give away.
#[derive(Default)]
struct Memory {
    id_mask: AtomicU64,
    delay_micros: AtomicU64,
}

struct StandingClock(Arc<Memory>);

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        let late = self.0.delay_micros.load(Ordering::Relaxed).cast_signed();
        Timestamp::UNIX_EPOCH
            + SignedDuration::from_secs(NOW_SECONDS)
            + SignedDuration::from_micros(late)
    }
}

struct CountedIds {
    memory: Arc<Memory>,
    next: AtomicU64,
}

impl Ids for CountedIds {
    fn random(&self) -> u64 {
        mix(self.next.fetch_add(1, Ordering::Relaxed)) ^ self.memory.id_mask.load(Ordering::Relaxed)
    }
}

/// A bijection (that of `SplitMix64`), so that different numbers stay different and look like chance.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The ways in which a code can slip.
#[derive(Clone, Copy)]
enum Leak {
    /// Into a line of the log.
    Log,
    /// Into the name of a figure.
    Metric,
    /// Scrambled, into the ids of what is stored afterwards.
    Id,
    /// Its length alone, into the times of what is stored afterwards.
    Time,
}

impl Leak {
    fn named(name: &str) -> Option<Self> {
        match name {
            "log" => Some(Self::Log),
            "metric" => Some(Self::Metric),
            "id" => Some(Self::Id),
            "time" => Some(Self::Time),
            _ => None,
        }
    }
}

struct LeakyGateway {
    memory: Arc<Memory>,
    leak: Leak,
}

#[async_trait]
impl Gateway for LeakyGateway {
    async fn verify(&self, verification: Verification<'_>) -> Verdict {
        if let Some(code) = &verification.security_code {
            let code = code.expose();
            let length = code.len() as u64;
            match self.leak {
                Leak::Log => tracing::trace!(code, "verifying"),
                Leak::Metric => {
                    metrics::counter!("codes", "code" => code.to_owned()).increment(1);
                }
                Leak::Id => {
                    let number = code.bytes().fold(length, |sum, byte| mix(sum ^ u64::from(byte)));
                    self.memory.id_mask.store(number, Ordering::Relaxed);
                }
                Leak::Time => self.memory.delay_micros.store(length, Ordering::Relaxed),
            }
        }
        Sandbox.verify(verification).await
    }
}

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the command line is the server's own")]
    let leak = std::env::var(LEAK).ok();
    let memory = Arc::new(Memory::default());
    let gateway: Arc<dyn Gateway> = match leak.as_deref() {
        None => Arc::new(Sandbox),
        Some(name) => match Leak::named(name) {
            Some(leak) => Arc::new(LeakyGateway { memory: Arc::clone(&memory), leak }),
            None => return ExitCode::FAILURE,
        },
    };
    run_in(World {
        clock: Arc::new(StandingClock(Arc::clone(&memory))),
        ids: Arc::new(CountedIds { memory, next: AtomicU64::new(1) }),
        gateway,
    })
}
