//! The steps, each one effect.

use std::time::Duration;

use super::super::fingerprint::{fingerprint, new_key, same};
use super::super::record::{Direction, Last, Record, Standing, State};
use super::super::store::{StoreError, Write};
use super::super::strategy::{Accepts, Consumer, Maker, Retirement};
use super::super::{Credential, Done, Event, Fault, Outcome, Step};
use super::{Drive, ROUNDS};
use crate::model::moment::{rfc3339, seconds};

impl Drive<'_> {
    /// Does a step, and says what it did; nothing when the rest is due later.
    pub(super) async fn perform(&mut self, step: Step, id: Option<String>) -> Result<Option<String>, Fault> {
        let (engine, standing) = (self.engine, self.standing.clone());
        let strategy = engine.strategy;
        let accepts = strategy.nature().accepts;
        match step {
            Step::Discard => {
                let since = self.orphans_since().unwrap_or(u64::MAX);
                for orphan in strategy.orphans(&standing, since).await? {
                    strategy.discard(&orphan).await?;
                }
            }
            Step::Stage => self.stage(id.unwrap_or_default()).await?,
            Step::Apply => {
                self.opens_gap(accepts == Accepts::One);
                strategy.apply(other(&standing)?, &standing.current).await?;
                self.done.applied = true;
            }
            Step::Restore => {
                let beside = standing.other().unwrap_or(&standing.current);
                strategy.apply(&standing.current, beside).await?;
                self.done.applied = true;
            }
            Step::Revive => {
                self.opens_gap(true);
                strategy.apply(other(&standing)?, &standing.current).await?;
                self.done.applied = true;
            }
            Step::Verify => {
                strategy.verify(other(&standing)?).await?;
                self.done.verified = true;
            }
            Step::Promote => {
                let record = self.record(State::Promoted, Direction::Forward, &standing)?;
                self.put(Write::Promote { record: record.clone() }, |read| read.record.as_ref() == Some(&record))
                    .await?;
            }
            Step::Abandon => {
                let record = self.record(State::Staged, Direction::Abort, &standing)?;
                let write = Write::Abandon { record: record.clone(), drop_next: accepts == Accepts::Consumers };
                self.put(write, |read| read.record.as_ref() == Some(&record)).await?;
            }
            Step::Demote => {
                let record = self.record(State::Staged, Direction::Back, &standing)?;
                self.put(Write::Demote { record: record.clone() }, |read| read.record.as_ref() == Some(&record))
                    .await?;
            }
            Step::Mark => {
                let record = self.record(State::Retiring, Direction::Forward, &standing)?;
                let write = Write::Retire { record: record.clone(), drop_previous: accepts == Accepts::Consumers };
                self.put(write, |read| read.record.as_ref() == Some(&record)).await?;
            }
            Step::Render => {
                let changed = engine.delivery.render(self.guard()?).await?;
                self.done.rendered = true;
                return Ok(Some(format!("{changed} files changed")));
            }
            Step::Reload => {
                self.opens_gap(accepts == Accepts::Nobody);
                engine.delivery.reload().await?;
                self.closes_gap();
                self.told = Some(engine.outside.now());
                self.done.reloaded = true;
            }
            Step::Confirm => {
                self.confirm(&standing).await?;
                self.done.confirmed = true;
            }
            Step::Retire => {
                match strategy.retire(other(&standing)?, &standing.current, self.retiring_for(&standing)).await? {
                    Retirement::Done => self.done.revoked = true,
                    Retirement::Soak(_) => return Ok(None),
                }
            }
            Step::Undo => {
                strategy.undo(other(&standing)?, &standing.current).await?;
                self.done.revoked = true;
            }
            Step::Finish => self.finish(&standing).await?,
            Step::Clear => {
                let closed = self.id.clone();
                self.put(Write::Clear, |read| read.record.as_ref().map(|record| &record.id) != closed.as_ref()).await?;
                self.done.closed = Some(Outcome::RolledBack);
            }
            Step::End(_) | Step::Halt(_) => {}
        }
        Ok(Some("done".to_string()))
    }

    async fn stage(&mut self, id: String) -> Result<(), Fault> {
        let engine = self.engine;
        if engine.strategy.nature().maker == Maker::Backend {
            // What is made and cannot be kept would be an orphan: whether the item can be written is tried before, by a
            // write that leaves everything as it is.
            match engine.store.write(&Write::Clear, &self.standing).await {
                Ok(version) => {
                    self.standing.version = version;
                    self.note_again()?;
                }
                Err(StoreError::Conflict) => {
                    self.standing = engine.settling().twice().await?;
                    return Err(StoreError::Conflict.into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        let standing = self.standing.clone();
        let next = engine.strategy.generate(&standing).await?.credential;
        let fresh = standing.key.is_none().then(|| new_key(engine.outside));
        let Some(key) = standing.key.as_ref().or(fresh.as_ref()) else { return Ok(()) };
        let record = Record {
            v: 1,
            id: id.clone(),
            state: State::Staged,
            direction: Direction::Forward,
            strategy: engine.strategy.name().to_string(),
            epoch: standing.last.as_ref().map_or(0, |last| last.epoch) + 1,
            by: engine.wish.operator.clone(),
            at: rfc3339(engine.now()),
            tool: engine.wish.tool.clone(),
            cur_fp: fingerprint(key, &standing.current),
            next_fp: fingerprint(key, &next),
            base_version: standing.version,
            retire_after: engine.wish.retire_after.as_secs(),
        };
        let write = Write::Stage { record: record.clone(), next, key: fresh.clone() };
        let staged = self.put(write, |read| read.record.as_ref() == Some(&record)).await;
        // Once the write may have arrived, this rotation is ours.
        if matches!(staged, Ok(()) | Err(Fault::Store(StoreError::Unknown(_)))) {
            self.id = Some(id);
            self.name_both();
        }
        staged
    }

    async fn finish(&mut self, standing: &Standing) -> Result<(), Fault> {
        let engine = self.engine;
        let Some(record) = &standing.record else { return Ok(()) };
        let last = Last {
            id: record.id.clone(),
            at: rfc3339(engine.now()),
            by: engine.wish.operator.clone(),
            fp: record.cur_fp.clone(),
            epoch: record.epoch,
        };
        let standby =
            standing.previous.as_ref().and_then(|retired| engine.strategy.standby(retired, &standing.current));
        let id = record.id.clone();
        let closed =
            move |read: &Standing| read.record.is_none() && read.last.as_ref().is_some_and(|last| last.id == id);
        self.put(Write::Finish { last, standby }, closed).await?;
        self.done.closed = Some(Outcome::Rotated);
        Ok(())
    }

    /// The open record in another state.
    fn record(&self, state: State, direction: Direction, standing: &Standing) -> Result<Record, Fault> {
        let record = standing.record.clone().ok_or_else(|| Fault::Unfit("no rotation is open".into()))?;
        let swaps = matches!(state, State::Promoted) || direction == Direction::Back;
        let (cur_fp, next_fp) = match swaps {
            true => (record.next_fp.clone(), record.cur_fp.clone()),
            false => (record.cur_fp.clone(), record.next_fp.clone()),
        };
        Ok(Record { state, direction, cur_fp, next_fp, at: rfc3339(self.engine.now()), ..record })
    }

    /// Changes the item, and reads until the change is there. After it, everything has to be done for the new state.
    async fn put(&mut self, write: Write, landed: impl Fn(&Standing) -> bool) -> Result<(), Fault> {
        let settling = self.engine.settling();
        for _ in 0..ROUNDS {
            let lost = match self.engine.store.write(&write, &self.standing).await {
                Ok(_) => "it is not visible yet".to_string(),
                Err(StoreError::Unknown(why)) => why,
                Err(StoreError::Conflict) => {
                    let version = self.standing.version;
                    settling.until(|read| read.version >= version).await?;
                    let now = settling.twice().await?;
                    let moved = !same(&now, &self.standing, &new_key(self.engine.outside));
                    self.standing = now;
                    match (landed(&self.standing), moved) {
                        (true, _) => return self.landed(),
                        (false, true) => return Err(StoreError::Conflict.into()),
                        (false, false) => {
                            self.note_again()?;
                            continue;
                        }
                    }
                }
                Err(refused) => return Err(refused.into()),
            };
            (self.engine.listen)(&Event::Settling);
            return match settling.until(&landed).await? {
                Some(standing) => {
                    self.standing = standing;
                    self.landed()
                }
                None => Err(StoreError::Unknown(lost).into()),
            };
        }
        Err(StoreError::Conflict.into())
    }

    fn landed(&mut self) -> Result<(), Fault> {
        self.done = Done { closed: self.done.closed, ..Done::default() };
        Ok(())
    }

    /// Nobody is left on the credential that is to go: so many samples in a row.
    async fn confirm(&self, standing: &Standing) -> Result<(), Fault> {
        let engine = self.engine;
        let (old, patience) = (other(standing)?, &engine.patience);
        let (begun, mut clean) = (engine.outside.now(), 0);
        loop {
            let mut left = engine.strategy.gauge(old, &standing.current, self.told_for(standing)).await?;
            left.retain(|consumer| !self.is_ignored(consumer));
            clean = if left.is_empty() { clean + 1 } else { 0 };
            if clean >= patience.samples {
                return Ok(());
            }
            if !left.is_empty() {
                (engine.listen)(&Event::Waiting(left.clone()));
                let late = engine.outside.now().saturating_sub(begun) >= patience.confirm;
                if late || (engine.interrupted)() {
                    return Err(Fault::InUse(left));
                }
            }
            engine.outside.sleep(patience.pause).await;
        }
    }

    /// For how long everybody is being told what the vault says now. The journal remembers it over a crash, after which
    /// units that read their files already are not restarted; without it, nobody was told before the vault was.
    fn told_for(&self, standing: &Standing) -> Duration {
        if let (true, Some(told)) = (self.engine.strategy.tells_last_use(), self.told) {
            return self.engine.outside.now().saturating_sub(told);
        }
        let state = standing.record.as_ref().map(|record| record.at.as_str());
        self.passed(self.trail.told_since().or(state))
    }

    /// How long ago the point of no return was passed.
    fn retiring_for(&self, standing: &Standing) -> Duration {
        self.passed(standing.record.as_ref().map(|record| record.at.as_str()))
    }

    fn passed(&self, since: Option<&str>) -> Duration {
        let then = since.and_then(seconds).unwrap_or(u64::MAX);
        Duration::from_secs(self.engine.now().saturating_sub(then))
    }

    fn is_ignored(&self, consumer: &Consumer) -> bool {
        let full = format!("{}@{}", consumer.name, consumer.address);
        self.engine.wish.ignore.iter().any(|ignored| *ignored == consumer.name || *ignored == full)
    }

    fn opens_gap(&mut self, opens: bool) {
        if opens && self.gap.is_none() {
            self.gap = Some(self.engine.outside.now());
        }
    }

    fn closes_gap(&mut self) {
        if let Some(since) = self.gap.take() {
            let passed = self.engine.outside.now().saturating_sub(since).as_millis();
            self.report.gap_ms = Some(u64::try_from(passed).unwrap_or(u64::MAX));
        }
    }
}

fn other(standing: &Standing) -> Result<&Credential, Fault> {
    standing.other().ok_or_else(|| Fault::Unfit("the item lacks the value that its record speaks of".into()))
}
