//! The program: see `lib.rs` for how it is built.

use std::process::ExitCode;

fn main() -> ExitCode {
    stanch::cli::main().into()
}
