//! The `rpconf` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    rpconf::cli::main()
}
