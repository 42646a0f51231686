//! `serve --sandbox`: time that can be moved ahead, and stays ahead.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use cardfile_domain::ports::{Clock, ClockFault, Goal, SettableClock};
use jiff::{SignedDuration, Timestamp};

use crate::{
    data_dir::{DataDir, create_anew},
    fault::Fault,
};

/// Where the sandbox's time is ahead of the world's, in microseconds; in the data directory.
const AHEAD_FILE: &str = "sandbox-clock";
/// The seconds at which the year 9000 begins: beyond it there is no room left for what is added.
const LATEST_SECONDS: i64 = 221_845_392_000;

/// A clock that runs with another one, ahead of it.
///
/// How far is kept, so that a server which is started again does not go back behind what it wrote.
pub(crate) struct SandboxClock {
    world: Arc<dyn Clock>,
    ahead_micros: AtomicI64,
    file: PathBuf,
    setting: Mutex<()>,
}

impl SandboxClock {
    /// The clock of a data directory, which is a sandbox's from now on if it is new.
    pub(crate) fn open(data: &DataDir, world: Arc<dyn Clock>) -> Result<Self, Fault> {
        let file = data.path().join(AHEAD_FILE);
        let is_new = !file.exists();
        let ahead = match fs::read_to_string(&file) {
            Ok(text) => text.trim().parse().ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                refuse_in_use(data)?;
                Some(0)
            }
            Err(_) => None,
        };
        let ahead = ahead.filter(|ahead| *ahead >= 0).ok_or_else(|| {
            Fault::data_dir(format!(
                "The file \"{}\" does not say how far the sandbox's time is ahead; remove it to \
                 begin with today again, best with a new data directory.",
                file.display()
            ))
        })?;
        let ahead_micros = AtomicI64::new(ahead);
        let clock = Self { world, ahead_micros, file, setting: Mutex::new(()) };
        if is_new {
            clock.keep(ahead).map_err(|error| {
                let file = clock.file.display();
                Fault::data_dir(format!("The file \"{file}\" cannot be written: {error}."))
            })?;
        }
        Ok(clock)
    }

    fn keep(&self, ahead: i64) -> io::Result<()> {
        let draft = self.file.with_extension("draft");
        let mut out = create_anew(&draft)?;
        out.write_all(format!("{ahead}\n").as_bytes())?;
        out.sync_all()?;
        fs::rename(&draft, &self.file)
    }
}

/// Refuses to play with what may be real.
fn refuse_in_use(data: &DataDir) -> Result<(), Fault> {
    let used = [data.bootstrap_file(), data.database_file()].iter().any(|file| file.exists());
    if !used {
        return Ok(());
    }
    Err(Fault::data_dir(format!(
        "The data directory \"{}\" is in use by a server without --sandbox, whose time must not be \
         moved; name another with --data-dir.",
        data.path().display()
    )))
}

/// Refuses to serve what was played with as if it were real.
pub(crate) fn refuse_played_with(data: &DataDir) -> Result<(), Fault> {
    if !data.path().join(AHEAD_FILE).exists() {
        return Ok(());
    }
    Err(Fault::data_dir(format!(
        "The data directory \"{}\" is a sandbox's: its cards are test cards and its time may be \
         ahead. Start it with --sandbox, or name another with --data-dir.",
        data.path().display()
    )))
}

impl Clock for SandboxClock {
    fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_micros(self.ahead_micros.load(Ordering::Relaxed));
        self.world.now().checked_add(ahead).unwrap_or(Timestamp::MAX)
    }
}

impl SettableClock for SandboxClock {
    fn advance(&self, goal: Goal) -> Result<(), ClockFault> {
        let _one_at_a_time = self.setting.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        let step = goal.from(now)?;
        let moment = now.checked_add(step).map_err(|_| ClockFault::TooFar)?;
        if moment.as_second() >= LATEST_SECONDS {
            return Err(ClockFault::TooFar);
        }
        let step = moment.as_microsecond() - now.as_microsecond();
        let ahead = self.ahead_micros.load(Ordering::Relaxed) + step;
        self.keep(ahead).map_err(ClockFault::NotKept)?;
        self.ahead_micros.store(ahead, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            "2031-01-01T12:00:00Z".parse().unwrap()
        }
    }

    fn open(dir: &TempDir) -> Result<SandboxClock, Fault> {
        SandboxClock::open(&DataDir::named(dir.path()), Arc::new(Noon))
    }

    #[test]
    fn time_goes_ahead_and_stays_there_after_a_restart() {
        let dir = TempDir::new().unwrap();
        let later: Timestamp = "2036-05-05T05:00:00.000007Z".parse().unwrap();
        let clock = open(&dir).unwrap();
        assert_eq!(clock.now(), Noon.now());
        clock.advance(Goal::To(later)).unwrap();
        assert_eq!((clock.now(), open(&dir).unwrap().now()), (later, later));
        clock.advance(Goal::To(later)).unwrap();
        assert_eq!(clock.now(), later);
    }

    #[test]
    fn time_neither_goes_back_nor_leaves_the_calendar() {
        let dir = TempDir::new().unwrap();
        let clock = open(&dir).unwrap();
        let before = Noon.now() - SignedDuration::from_micros(1);
        assert!(matches!(clock.advance(Goal::To(before)), Err(ClockFault::Backwards)));
        assert!(matches!(clock.advance(Goal::To(Timestamp::MAX)), Err(ClockFault::TooFar)));
        let week = SignedDuration::from_hours(7 * 24);
        assert!(matches!(clock.advance(Goal::By(-week)), Err(ClockFault::Backwards)));
        assert_eq!(clock.now(), Noon.now());
        clock.advance(Goal::By(week)).unwrap();
        assert_eq!(clock.now(), Noon.now() + week);
        let latest = Timestamp::from_second(LATEST_SECONDS).unwrap();
        assert_eq!(latest.to_string(), "9000-01-01T00:00:00Z");
    }

    #[test]
    fn a_directory_is_for_one_kind_of_server() {
        let (played, real) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        open(&played).unwrap();
        refuse_played_with(&DataDir::named(real.path())).unwrap();
        let fault = refuse_played_with(&DataDir::named(played.path())).unwrap_err().to_string();
        assert!(fault.contains("--sandbox"), "{fault}");
        fs::write(DataDir::named(real.path()).bootstrap_file(), "{}").unwrap();
        let fault = open(&real).err().unwrap().to_string();
        assert!(fault.contains("--data-dir"), "{fault}");
        fs::write(DataDir::named(played.path()).bootstrap_file(), "{}").unwrap();
        open(&played).unwrap();
    }

    #[test]
    fn a_file_that_says_nothing_is_a_fault_that_names_it() {
        for text in ["", "soon", "-5"] {
            let dir = TempDir::new().unwrap();
            fs::write(dir.path().join(AHEAD_FILE), text).unwrap();
            let said = open(&dir).err().unwrap().to_string();
            assert!(said.contains(AHEAD_FILE), "{said}");
        }
    }
}
