//! What a document may cost: bounds on size, depth, values and findings.

/// Bytes of a file, 4 MiB: a deployment's document has some hundred lines.
pub const MAX_BYTES: usize = 4 << 20;

/// Collections inside one another, aliases followed. The parser's own limit is 255 for each of the two notations.
pub const MAX_DEPTH: usize = 64;

/// Values of a file, an aliased one counted wherever it is used: nine aliases of nine aliases, nine times over, are
/// 387,420,489 values in 300 bytes.
pub const MAX_NODES: usize = 100_000;

/// Errors after which the rest of a file is not read.
pub const MAX_ERRORS: usize = 20;

/// Files that one document may be made of.
pub const MAX_FILES: usize = 32;
