//! Strategy `access-keys`: an IAM user has up to two access keys, which AWS makes, and tells the secret of once.
//!
//! So a key whose answer was lost, or that never reached the vault, cannot be used by anyone: it is deleted and another
//! one made. A retired key is disabled first, which can be taken back at once, and deleted when nobody missed it.

mod answer;
mod aws;
mod bucket;
mod keys;
mod survey;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use super::super::{
    Accepts, Consumer, Credential, Fault, Generated, Login, Maker, Nature, Outside, Retirement, Standing, Strategy,
    Survey,
};
use crate::vault::BoxFuture;
use aws::{Aws, Trouble};
pub use aws::{Patience, Place};
use keys::Status;

/// The access keys of one IAM user.
pub struct AccessKeys<'a> {
    aws: Aws<'a>,
    /// Another principal, which may change the user's keys.
    admin: Credential,
    /// The user, once it is known.
    user: RefCell<Option<String>>,
    /// Keys that logged in. Each login is a use that IAM remembers, and would hide one by somebody else: for these, what
    /// the admin sees has to do.
    proven: RefCell<BTreeSet<String>>,
}

impl<'a> AccessKeys<'a> {
    /// Keys of whichever user has the current one. `admin` is an access key id as user, and its secret.
    pub fn new(place: Place, admin: Credential, patience: Patience, outside: &'a dyn Outside) -> Result<Self, Fault> {
        let aws = Aws::new(place, patience, outside)?;
        Ok(Self { aws, admin, user: RefCell::default(), proven: RefCell::default() })
    }

    /// The user that has a key.
    async fn owner(&self, credential: &Credential) -> Result<String, Trouble> {
        if let Some(known) = self.user.borrow().clone() {
            return Ok(known);
        }
        let user = self.aws.last_used(&self.admin, keys::id(credential)).await?.user;
        self.user.replace(Some(user.clone()));
        Ok(user)
    }

    /// Logs in by a key itself.
    async fn truly(&self, credential: &Credential) -> Result<(), Trouble> {
        let principal = self.aws.identity(credential).await?;
        if let Some(user) = principal.user() {
            self.user.replace(Some(user.to_string()));
        }
        self.proven.borrow_mut().insert(keys::id(credential).to_string());
        Ok(())
    }

    /// A disabled key is not tried: an attempt could look like a use by somebody who still has it.
    async fn probe(&self, credential: &Credential) -> Result<(), Trouble> {
        let (id, user) = (keys::id(credential), self.user.borrow().clone());
        if let Some(user) = user {
            match self.status(&user, credential).await? {
                Some(Status::Active) if self.proven.borrow().contains(id) => return Ok(()),
                Some(Status::Active) => {}
                _ => return Err(Trouble::Refused(id.to_string())),
            }
        }
        self.truly(credential).await
    }

    async fn status(&self, user: &str, credential: &Credential) -> Result<Option<Status>, Trouble> {
        let keys = self.aws.list(&self.admin, user).await?;
        Ok(keys.into_iter().find(|key| key.id == keys::id(credential)).map(|key| key.status))
    }

    async fn make(&self, standing: &Standing) -> Result<Generated, Trouble> {
        let user = self.owner(&standing.current).await?;
        let credential = self.aws.create(&self.admin, &user).await?;
        Ok(Generated { name: credential.user.clone(), credential })
    }

    /// Waits until a key is known everywhere, as far as a row of logins tells: IAM takes a while to spread what it did.
    async fn settle(&self, credential: &Credential, logins: u32) -> Result<(), Trouble> {
        let patience = &self.aws.patience;
        let (mut pauses, mut row) = (self.aws.pauses(), 0);
        loop {
            match self.truly(credential).await {
                Ok(()) if row + 1 >= logins => return Ok(()),
                Ok(()) => {
                    row += 1;
                    self.aws.outside.sleep(patience.apart).await;
                }
                Err(trouble @ (Trouble::Refused(_) | Trouble::Unreachable(_))) => {
                    row = 0;
                    if !pauses.wait().await {
                        return Err(trouble);
                    }
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Waits until a key is refused.
    async fn fade(&self, credential: &Credential) -> Result<(), Fault> {
        let mut pauses = self.aws.pauses();
        loop {
            match self.aws.identity(credential).await {
                Err(Trouble::Refused(_)) => return Ok(()),
                Err(trouble) => return Err(trouble.into()),
                Ok(_) if pauses.wait().await => {}
                Ok(_) => {
                    return Err(Fault::Unfit(format!(
                        "access key {} was disabled, and AWS still takes it",
                        keys::id(credential)
                    )));
                }
            }
        }
    }

    async fn revoke(&self, credential: &Credential, keep: &Credential, since: Duration) -> Result<Retirement, Fault> {
        self.guard(credential, keep).await?;
        let (user, id, soak) = (self.owner(keep).await?, keys::id(credential), self.aws.patience.soak);
        match self.status(&user, credential).await? {
            None => Ok(Retirement::Done),
            Some(Status::Active) => {
                self.proven.borrow_mut().remove(id);
                self.aws.update(&self.admin, &user, id, Status::Inactive).await?;
                self.fade(credential).await?;
                Ok(Retirement::Soak(soak))
            }
            Some(Status::Inactive) => {
                let used = self.aws.last_used(&self.admin, id).await?;
                // What was disabled takes a while to be refused everywhere, and is used until then.
                let ago = used.ago.unwrap_or(Duration::MAX);
                if ago.saturating_add(self.aws.patience.longest_wait) < since {
                    return Err(Fault::Unfit(format!(
                        "access key {id} was used after it was disabled, {}; find who has it: `aws iam \
                         update-access-key --status Active` brings it back meanwhile",
                        used.words()
                    )));
                }
                let quiet = since.min(ago);
                if quiet < soak {
                    return Ok(Retirement::Soak(soak.saturating_sub(quiet)));
                }
                self.aws.delete(&self.admin, &user, id).await?;
                Ok(Retirement::Done)
            }
        }
    }

    async fn take_back(&self, credential: &Credential, keep: &Credential) -> Result<(), Fault> {
        self.guard(credential, keep).await?;
        let user = self.owner(keep).await?;
        self.proven.borrow_mut().remove(keys::id(credential));
        Ok(self.aws.delete(&self.admin, &user, keys::id(credential)).await?)
    }

    /// The last valid key is never revoked: the one to keep has to log in right now.
    async fn guard(&self, credential: &Credential, keep: &Credential) -> Result<(), Fault> {
        if keys::id(credential) == keys::id(keep) {
            return Err(Fault::Unfit("the access key to revoke is the one to keep".to_string()));
        }
        Ok(self.truly(keep).await?)
    }

    async fn unstaged(&self, standing: &Standing, since: u64) -> Result<Vec<String>, Trouble> {
        let user = self.owner(&standing.current).await?;
        let staged = [Some(&standing.current), standing.next.as_ref(), standing.previous.as_ref()];
        let staged: Vec<&str> = staged.into_iter().flatten().map(keys::id).collect();
        let mut orphans = vec![];
        for key in self.aws.list(&self.admin, &user).await? {
            // By how long ago it was made at AWS's clock, as `since` is by ours.
            let made = self.aws.outside.now().saturating_sub(key.age.unwrap_or(Duration::MAX)).as_secs();
            // Both are cut to whole seconds.
            if staged.contains(&key.id.as_str()) || made + 2 < since {
                continue;
            }
            if self.aws.last_used(&self.admin, &key.id).await?.ago.is_none() {
                orphans.push(key.id);
            }
        }
        Ok(orphans)
    }
}

impl Strategy for AccessKeys<'_> {
    fn name(&self) -> &'static str {
        "access-keys"
    }

    fn nature(&self) -> Nature {
        Nature { maker: Maker::Backend, accepts: Accepts::Both }
    }

    fn tells_last_use(&self) -> bool {
        true
    }

    fn survey<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Survey, Fault>> {
        Box::pin(survey::survey(self, standing))
    }

    fn generate<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Generated, Fault>> {
        Box::pin(async { Ok(self.make(standing).await?) })
    }

    fn orphans<'a>(&'a self, standing: &'a Standing, since: u64) -> BoxFuture<'a, Result<Vec<String>, Fault>> {
        Box::pin(async move { Ok(self.unstaged(standing, since).await?) })
    }

    fn discard<'a>(&'a self, orphan: &'a str) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let key = self.aws.last_used(&self.admin, orphan).await?;
            if key.ago.is_some() {
                return Err(Fault::Unfit(format!("access key {orphan} is in use, {}", key.words())));
            }
            Ok(self.aws.delete(&self.admin, &key.user, orphan).await?)
        })
    }

    fn login<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Login> {
        Box::pin(async {
            match self.probe(credential).await {
                Ok(()) => Login::Works,
                Err(Trouble::Refused(_)) => Login::Refused,
                Err(trouble) => Login::Unknown(trouble.to_string()),
            }
        })
    }

    /// A new key is valid from the start; one that was disabled is enabled.
    fn apply<'a>(&'a self, credential: &'a Credential, beside: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async {
            let user = self.owner(beside).await?;
            self.aws.update(&self.admin, &user, keys::id(credential), Status::Active).await?;
            Ok(self.settle(credential, 1).await?)
        })
    }

    fn verify<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async {
            self.settle(credential, self.aws.patience.logins).await?;
            Ok(self.aws.try_bucket(credential).await?)
        })
    }

    /// IAM remembers the last use of a key, some minutes late. Our own logins are told by their service, `sts`.
    fn gauge<'a>(
        &'a self,
        old: &'a Credential,
        _new: &'a Credential,
        since: Duration,
    ) -> BoxFuture<'a, Result<Vec<Consumer>, Fault>> {
        Box::pin(async move {
            let used = self.aws.last_used(&self.admin, keys::id(old)).await?;
            // Both ends of what has passed since a use are cut to whole seconds.
            let later = |ago: Duration| ago.saturating_add(Duration::from_secs(1)) <= since;
            let is_late = used.ago.is_some_and(later) && used.service != "sts";
            Ok(if is_late { vec![used.consumer()] } else { vec![] })
        })
    }

    fn retire<'a>(
        &'a self,
        credential: &'a Credential,
        keep: &'a Credential,
        since: Duration,
    ) -> BoxFuture<'a, Result<Retirement, Fault>> {
        Box::pin(self.revoke(credential, keep, since))
    }

    /// What nobody was left on is deleted at once.
    fn undo<'a>(&'a self, credential: &'a Credential, keep: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(self.take_back(credential, keep))
    }
}
