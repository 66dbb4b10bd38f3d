//! The vault item behind a credential, as something that is read, and changed in one request.

use super::record::Last;
use super::{Credential, Record, Standing};
use crate::vault::BoxFuture;

/// A change of the item. Each is one request, so that a crash leaves it done or not done; and it says every value of the
/// state that it leads to, so that on top of a write that its sender did not see it still leaves one state, not two mixed.
#[derive(Debug, Clone)]
pub enum Write {
    /// `next` and the record come in.
    Stage {
        /// The rotation.
        record: Record,
        /// The value that was made.
        next: Credential,
        /// A key for fingerprints, where the item has none yet.
        key: Option<super::record::Key>,
    },
    /// `previous` becomes `current`'s value, `current` becomes `next`'s, `next` goes.
    Promote {
        /// The rotation, now promoted.
        record: Record,
    },
    /// `next` is given up; only the record changes.
    Abandon {
        /// The rotation, now on its way to be cleared.
        record: Record,
        /// Whether the value goes at once.
        drop_next: bool,
    },
    /// The other way: `current` becomes `previous`'s value again, and what was current becomes `next`.
    Demote {
        /// The rotation, now staged and going back.
        record: Record,
    },
    /// The point of no return.
    Retire {
        /// The rotation, now retiring.
        record: Record,
        /// Whether the old value goes at once: where consumers themselves accept it, that is what revokes it.
        drop_previous: bool,
    },
    /// The end: the old value and the record go.
    Finish {
        /// What is remembered.
        last: Last,
        /// The login of a pair that rests from now on.
        standby: Option<String>,
    },
    /// The end of an abandoned rotation: `next` and the record go.
    Clear,
}

/// Why an item could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Nothing was changed.
    #[error("{0}")]
    Refused(String),
    /// The vault could not be reached, or the answer was lost: what was sent may have arrived.
    #[error("{0}")]
    Unknown(String),
    /// Somebody else wrote the item meanwhile. Nothing of ours was changed, unless it is there when read again.
    #[error("the item was changed by someone else meanwhile")]
    Conflict,
}

/// An item.
pub trait Store {
    /// Reads the item. For seconds after a write the answer may be the old one.
    fn read(&self) -> BoxFuture<'_, Result<Standing, StoreError>>;

    /// Changes the item, when it is at the version that `seen` has; answers its new version.
    fn write<'a>(&'a self, write: &'a Write, seen: &'a Standing) -> BoxFuture<'a, Result<u64, StoreError>>;
}
