//! From a document's `release` to the versions of the services, and from RapidPro's to Django's.

use super::packed;
use super::query::of;
use super::service::Service;
use super::table::TrainRow;
use super::version::{Version, numbers};

/// The versions that go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Train {
    /// RapidPro's, which is Django's, Celery's and beat's.
    pub release: Version,
    /// Courier's.
    pub courier: Version,
    /// Mailroom's.
    pub mailroom: Version,
    /// The archiver's.
    pub archiver: Version,
    /// The indexer's; from 26.2 on there is none.
    pub indexer: Option<Version>,
    /// The release asked for is this one, not a neighbour.
    pub exact: bool,
    /// The release asked for is of a line past the last known.
    pub newer: bool,
}

/// No train for what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// It has not two or three numbers.
    #[error("`{0}` is no release, which is a line such as `7.4` or a version such as `9.2.5`")]
    Unreadable(String),
    /// It is before the first known train.
    #[error("`{asked}` is before {first}, the first release that rpconf knows")]
    TooOld {
        /// What was asked.
        asked: String,
        /// The first train.
        first: Version,
    },
}

impl Train {
    /// The version of a service, if the train has the service.
    pub fn version(&self, service: Service) -> Option<Version> {
        match service {
            Service::Django => Some(self.release),
            Service::Courier => Some(self.courier),
            Service::Mailroom => Some(self.mailroom),
            Service::Archiver => Some(self.archiver),
            Service::Indexer => self.indexer,
        }
    }
}

/// The train of a line, `7.4`, which is its newest, or of a version, `9.2.5`. Between trains it is the nearest at or below.
pub fn train(release: &str) -> Result<Train, ReleaseError> {
    let (highest, whole_line) = match numbers(release).as_deref() {
        Some([major, minor]) => (Version::new(*major, *minor, u16::MAX), true),
        Some([major, minor, patch]) => (Version::new(*major, *minor, *patch), false),
        _ => return Err(ReleaseError::Unreadable(release.to_owned())),
    };
    let after = packed::TRAINS.partition_point(|row| row.release <= highest);
    let Some(row) = after.checked_sub(1).and_then(|at| packed::TRAINS.get(at)) else {
        return Err(ReleaseError::TooOld { asked: release.to_owned(), first: first() });
    };
    let TrainRow { release, courier, mailroom, archiver, indexer } = *row;
    let exact = if whole_line { release.line() == highest.line() } else { release == highest };
    let newer = packed::TRAINS.last().is_some_and(|last| highest.line() > last.release.line());
    Ok(Train { release, courier, mailroom, archiver, indexer, exact, newer })
}

/// Every train's release, in order.
pub fn releases() -> impl DoubleEndedIterator<Item = Version> {
    packed::TRAINS.iter().map(|row| row.release)
}

/// The version of Django that a release of RapidPro pins; for one before the first known, the first's.
pub fn django_pin(release: Version) -> Version {
    let pins = of(Service::Django).pins;
    let after = pins.partition_point(|pin| pin.since <= release);
    pins.get(after.saturating_sub(1)).map_or(Version::new(0, 0, 0), |pin| pin.django)
}

fn first() -> Version {
    packed::TRAINS.first().map_or(Version::new(0, 0, 0), |row| row.release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_a_train() {
        for (asked, expect) in [
            ("5.2", "v5.2.6 v5.2.0 v5.2.4 v5.2.0 v5.2.0 exact"),
            ("7.4", "v7.4.2 v7.4.0 v7.4.1 v7.4.0 v7.4.0 exact"),
            ("v7.4.2", "v7.4.2 v7.4.0 v7.4.1 v7.4.0 v7.4.0 exact"),
            ("8.0", "v8.0.1 v8.0.2 v8.0.0 v8.0.0 v8.0.0 exact"),
            ("9.2.5", "v9.2.5 v9.2.1 v9.2.2 v9.2.0 v9.2.0 exact"),
            ("9.2.6", "v9.2.5 v9.2.1 v9.2.2 v9.2.0 v9.2.0"),
            ("9.1", "v9.0.0 v9.0.1 v9.0.1 v9.0.0 v9.0.0"),
            ("26.0", "v26.0.0 v26.0.1 v26.0.0 v26.0.1 v10.2.0 exact"),
            ("26.1.50", "v26.0.0 v26.0.1 v26.0.0 v26.0.1 v10.2.0"),
            ("26.2", "v26.2.2 v26.2.1 v26.2.0 v26.0.1 none exact"),
            ("26.2.1", "v26.2.0 v26.2.1 v26.2.0 v26.0.1 none"),
            ("26.2.9", "v26.2.2 v26.2.1 v26.2.0 v26.0.1 none"),
            ("26.4", "v26.2.2 v26.2.1 v26.2.0 v26.0.1 none newer"),
            ("4.0", "`4.0` is before v5.0.0, the first release that rpconf knows"),
            ("seven", "`seven` is no release, which is a line such as `7.4` or a version such as `9.2.5`"),
            ("7", "`7` is no release, which is a line such as `7.4` or a version such as `9.2.5`"),
            ("7.4.2.1", "`7.4.2.1` is no release, which is a line such as `7.4` or a version such as `9.2.5`"),
        ] {
            let got = train(asked).map_or_else(
                |error| error.to_string(),
                |train| {
                    let versions = Service::ALL.iter().map(|service| train.version(*service));
                    let mut words: Vec<_> =
                        versions.map(|version| version.map_or("none".to_owned(), |it| it.to_string())).collect();
                    words.extend(train.exact.then(|| "exact".to_owned()));
                    words.extend(train.newer.then(|| "newer".to_owned()));
                    words.join(" ")
                },
            );
            assert_eq!(got, expect, "{asked}");
        }
    }

    #[test]
    fn every_version_of_a_train_is_known() {
        for row in packed::TRAINS {
            let train = train(&row.release.to_string()).expect("a train");
            for service in Service::ALL {
                let catalog = of(service);
                let known = train.version(service).is_none_or(|it| catalog.first <= it && it <= catalog.last);
                assert!(known, "{service} of {}", row.release);
            }
        }
    }

    #[test]
    fn knows_the_pins_of_stable_lines() {
        for (release, django) in [
            ("4.0.0", "v1.11.14"),
            ("5.0.9", "v2.1.9"),
            ("5.2.6", "v2.2.4"),
            ("6.2.4", "v2.2.10"),
            ("6.4.8", "v2.2.20"),
            ("7.0.4", "v3.2.8"),
            ("7.2.4", "v4.0.3"),
            ("7.4.2", "v4.0.6"),
            ("8.0.1", "v4.0.8"),
            ("8.2.0", "v4.2.3"),
            ("9.0.0", "v4.2.8"),
            ("9.2.5", "v5.0.7"),
            ("10.0.1", "v5.1.4"),
            ("10.2.1", "v5.2.2"),
            ("26.0.0", "v5.2.9"),
            ("26.2.2", "v5.2.14"),
            ("26.3.53", "v6.0.7"),
            ("26.3.54", "v6.0.8"),
        ] {
            let version = Version::parse(release).expect("a version");
            assert_eq!(django_pin(version).to_string(), django, "{release}");
        }
    }
}
