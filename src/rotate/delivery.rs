//! Consumers: their files and their units, on every host.

use super::{Fault, Guard};
use crate::vault::BoxFuture;

/// How new values reach consumers. Called again, it does again what has to be done, and only that.
pub trait Delivery {
    /// Whether files could be put in place, without doing it: missing users and folders are found before anything is
    /// changed.
    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>>;

    /// Renders the environment from the vault and puts its files in place; answers how many changed. The guard is asked
    /// after the vault was read and before a host's files are written: whoever slept in between must not write what was
    /// true then.
    fn render<'a>(&'a self, guard: &'a dyn Guard) -> BoxFuture<'a, Result<usize, Fault>>;

    /// Restarts or reloads what read changed files, host after host, the next only when the last is well.
    fn reload(&self) -> BoxFuture<'_, Result<(), Fault>>;
}
