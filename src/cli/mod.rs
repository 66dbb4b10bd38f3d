//! The command line's side of the library: what needs the process, its environment or another program.

pub mod git;
