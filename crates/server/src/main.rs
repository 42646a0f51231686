//! The `cardfile` program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    cardfile_server::run()
}
