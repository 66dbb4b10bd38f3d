//! Consumers: their files and their units, on every host.

use super::Fault;
use crate::vault::BoxFuture;

/// How new values reach consumers. Called again, it does again what has to be done, and only that.
pub trait Delivery {
    /// Renders the environment from the vault and puts its files in place; answers how many changed.
    fn render(&self) -> BoxFuture<'_, Result<usize, Fault>>;

    /// Restarts or reloads what read changed files, host after host, the next only when the last is well.
    fn reload(&self) -> BoxFuture<'_, Result<(), Fault>>;
}
