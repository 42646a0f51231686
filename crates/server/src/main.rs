//! The `cardfile` program; everything is in the library.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// A request is some hundred small pieces of memory that live for a moment: a quarter of its time
// went into the system's allocator. Without huge pages (`no_thp`): an idle server would hold 10 MiB
// more, and none was faster with them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cardfile_server::run()
}
