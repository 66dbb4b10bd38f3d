//! The store of a real vault: Connect, or a file.

use std::rc::Rc;
use std::time::Duration;

use super::layout::{self, Layout};
use super::{Outside, Standing, Store, StoreError, Write};
use crate::vault::{BoxFuture, Item, ItemId, Refusal, Vault, VaultError, Writer};

/// How old a read may be when the write that follows from it is sent. Connect has no If-Match: whoever slept in between
/// must not write on top of what others did meanwhile.
const FRESH: Duration = Duration::from_secs(5);

/// A vault that is read and written. A file is opened anew each time, as others write to it too.
pub trait Access {
    /// What answers, and what writes.
    fn open(&self) -> Result<Opened, String>;
}

/// What answers, and what writes.
pub type Opened = (Rc<dyn Vault>, Rc<dyn Writer>);

/// An item of a vault.
pub struct ItemStore<'a> {
    /// The vault.
    pub access: &'a dyn Access,
    /// The item.
    pub id: ItemId,
    /// Its fields.
    pub layout: Layout,
    /// Time.
    pub outside: &'a dyn Outside,
}

impl ItemStore<'_> {
    async fn item(&self, vault: &dyn Vault) -> Result<Rc<Item>, StoreError> {
        let answer = vault.items(std::slice::from_ref(&self.id)).await.into_iter().next();
        answer.unwrap_or(Err(Refusal::Missing)).map_err(|refusal| self.refused(&refusal))
    }

    fn standing(&self, item: &Item) -> Result<Standing, StoreError> {
        layout::read(item, &self.layout).map_err(StoreError::Refused)
    }

    fn refused(&self, refusal: &Refusal) -> StoreError {
        match refusal {
            Refusal::Missing => StoreError::Refused(format!("the item `{}` is not there any more", self.id.item)),
            Refusal::Forbidden => StoreError::Refused("the token may not read or write this vault".into()),
            Refusal::Failed(error) => match error {
                VaultError::Unreachable { .. }
                | VaultError::Broken { .. }
                | VaultError::Deadline { .. }
                | VaultError::Answer { .. }
                | VaultError::Status { status: 408 | 429 | 500.., .. } => StoreError::Unknown(error.to_string()),
                other => StoreError::Refused(other.to_string()),
            },
        }
    }
}

impl Store for ItemStore<'_> {
    fn read(&self) -> BoxFuture<'_, Result<Standing, StoreError>> {
        Box::pin(async {
            let (vault, _) = self.access.open().map_err(StoreError::Refused)?;
            self.standing(self.item(vault.as_ref()).await?.as_ref())
        })
    }

    fn write<'a>(&'a self, write: &'a Write, seen: &'a Standing) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            let (vault, writer) = self.access.open().map_err(StoreError::Refused)?;
            let asked = self.outside.now();
            let item = self.item(vault.as_ref()).await?;
            if item.summary.version != seen.version {
                return Err(StoreError::Conflict);
            }
            let changes = layout::changes(&item, &self.layout, write, seen).map_err(StoreError::Refused)?;
            if self.outside.now().saturating_sub(asked) > FRESH {
                return Err(StoreError::Conflict);
            }
            let written = writer.change(&self.id, &changes).await;
            written.map(|written| written.version).map_err(|refusal| self.refused(&refusal))
        })
    }
}
