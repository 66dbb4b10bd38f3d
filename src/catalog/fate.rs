//! What an upper-case name is to a release: the one classifier behind every diagnostic about names.

use super::query::of;
use super::service::Service;
use super::table::{Catalog, Form, Rename, Setting};
use super::version::Version;

/// What became of a name in a release.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// The release reads it.
    Known(&'static Setting, &'static Form),
    /// It was renamed, and the release reads what it became.
    Renamed {
        /// The names that do its work now.
        to: Vec<&'static str>,
        /// When the name itself went.
        release: Version,
        /// What else changed.
        note: Option<&'static str>,
    },
    /// A later release brings it.
    NotYet {
        /// The first that does.
        since: Version,
        /// What does its work until then.
        old: Option<&'static str>,
    },
    /// It, or what it had become, is gone.
    Removed {
        /// First release without it.
        release: Version,
    },
    /// Another service's.
    OtherService {
        /// Whose.
        service: Service,
    },
    /// No setting's, but nearly one's.
    Misspelt {
        /// The nearest names that the release reads.
        nearest: Vec<&'static str>,
    },
    /// Nobody's, and the release is past those that the catalog knows.
    Newer,
    /// Nobody's.
    Unknown,
}

impl Catalog {
    /// What this name is to this release.
    pub fn fate(&self, name: &str, version: Version) -> Fate {
        if let Some(fate) = self.history(name, version) {
            return fate;
        }
        if let Some(whole) = self.prefixed(name, version) {
            return Fate::Misspelt { nearest: vec![whole] };
        }
        if let Some(service) = self.elsewhere(|other| other.knows(name)) {
            return Fate::OtherService { service };
        }
        let nearest = self.nearest(name, version);
        if !nearest.is_empty() {
            return Fate::Misspelt { nearest };
        }
        if let Some(service) = self.elsewhere(|other| other.claims(name)) {
            return Fate::OtherService { service };
        }
        if version > self.last { Fate::Newer } else { Fate::Unknown }
    }

    /// The fate of a name that was a setting in some release.
    fn history(&self, name: &str, version: Version) -> Option<Fate> {
        let setting = self.setting(name);
        if let Some(setting) = setting
            && let Some(form) = setting.at(version)
        {
            return Some(Fate::Known(setting, form));
        }
        for rename in self.renames_of(name).rev().filter(|rename| rename.release <= version) {
            let to = self.successors(rename, version);
            if !to.is_empty() {
                return Some(Fate::Renamed { to, release: rename.release, note: rename.note });
            }
        }
        if let Some(release) = self.gone(name, version) {
            return Some(Fate::Removed { release });
        }
        let since = setting?.forms.first()?.since;
        Some(Fate::NotYet { since, old: self.predecessor(name, version, None) })
    }

    /// The names that a rename leads to and the release reads. Later renames are followed only, for some names came back.
    fn successors(&self, rename: &Rename, version: Version) -> Vec<&'static str> {
        let mut found = Vec::new();
        for to in rename.to {
            if self.at(to, version).is_some() {
                found.push(*to);
                continue;
            }
            let later = |next: &&Rename| next.release > rename.release && next.release <= version;
            for next in self.renames_of(to).filter(later) {
                found.extend(self.successors(next, version));
            }
        }
        found
    }

    /// The name that does the work of `name` in a release before it: renames backward, earlier ones only.
    fn predecessor(&self, name: &str, version: Version, before: Option<Version>) -> Option<&'static str> {
        let mut renames: Vec<_> = self
            .renames
            .iter()
            .filter(|rename| rename.to.contains(&name) && rename.release > version)
            .filter(|rename| before.is_none_or(|before| rename.release < before))
            .collect();
        // a name that became this one alone says more than one that became several
        renames.sort_by_key(|rename| (rename.to.len(), rename.release));
        renames.iter().find_map(|rename| match self.at(rename.from, version) {
            Some(_) => Some(rename.from),
            None => self.predecessor(rename.from, version, Some(rename.release)),
        })
    }

    /// When a name, or the last of what it became, went.
    fn gone(&self, name: &str, version: Version) -> Option<Version> {
        let renamed = self.renames_of(name).rfind(|rename| rename.release <= version);
        if let Some(rename) = renamed {
            let ends = rename.to.iter().filter_map(|to| self.gone_after(to, rename.release, version));
            return Some(ends.max().unwrap_or(rename.release));
        }
        let removed = self.removals.iter().filter(|removal| removal.name == name).map(|removal| removal.release);
        let ended = self.setting(name).into_iter().flat_map(|setting| setting.forms).filter_map(|form| form.until);
        removed.chain(ended).filter(|release| *release <= version).max()
    }

    fn gone_after(&self, name: &str, after: Version, version: Version) -> Option<Version> {
        self.gone(name, version).filter(|release| *release > after)
    }

    fn renames_of(&self, name: &str) -> std::slice::Iter<'static, Rename> {
        let start = self.renames.partition_point(|rename| rename.from < name);
        let end = self.renames.partition_point(|rename| rename.from <= name);
        self.renames.get(start..end).unwrap_or_default().iter()
    }

    fn elsewhere(&self, is: impl Fn(&Catalog) -> bool) -> Option<Service> {
        Service::ALL.iter().copied().find(|service| *service != self.service && is(of(*service)))
    }

    /// Whether some release has a setting of this name. Variables that a library reads are nobody's in particular.
    fn knows(&self, name: &str) -> bool {
        self.settings.binary_search_by(|setting| setting.name.cmp(name)).is_ok()
            || !self.renames_of(name).as_slice().is_empty()
            || self.removals.binary_search_by(|removal| removal.name.cmp(name)).is_ok()
    }

    /// Whether the name begins as this service's do.
    fn claims(&self, name: &str) -> bool {
        let rest = self.prefix.and_then(|prefix| name.strip_prefix(prefix));
        rest.is_some_and(|rest| rest.starts_with('_'))
    }

    /// The name with the service's prefix, if that is what was forgotten. It comes before other services' names, for
    /// most of Django's that could be meant, such as `SENTRY_DSN`, are every service's.
    fn prefixed(&self, name: &str, version: Version) -> Option<&'static str> {
        let setting = self.setting(&format!("{}_{name}", self.prefix?))?;
        setting.at(version).map(|_| setting.name)
    }

    /// The names that the release reads with the least number of changed characters.
    fn nearest(&self, name: &str, version: Version) -> Vec<&'static str> {
        let all = self.settings_at(version).chain(self.environment_at(version));
        let near: Vec<_> = all
            .map(|(setting, _)| (strsim::osa_distance(name, setting.name), setting.name))
            .filter(|(distance, candidate)| *distance <= self.tolerance(candidate))
            .collect();
        let best = near.iter().map(|(distance, _)| *distance).min();
        near.iter().filter(|(distance, _)| Some(*distance) == best).map(|(_, name)| *name).collect()
    }

    /// One slip for each four characters after the prefix, which says nothing; one at least, three at most.
    fn tolerance(&self, candidate: &str) -> usize {
        let prefix = self.prefix.map_or(0, |prefix| prefix.len() + 1);
        (candidate.len().saturating_sub(prefix) / 4).clamp(1, 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(service: Service, name: &str, release: &str, expect: &str) {
        let version = Version::parse(release).expect("a version");
        let told = match of(service).fate(name, version) {
            Fate::Known(setting, _) => format!("known {}", setting.name),
            Fate::Renamed { to, release, .. } => format!("renamed {} {release}", to.join("+")),
            Fate::NotYet { since, old } => format!("not yet {since} {}", old.unwrap_or("-")),
            Fate::Removed { release } => format!("removed {release}"),
            Fate::OtherService { service } => format!("of {service}"),
            Fate::Misspelt { nearest } => format!("misspelt {}", nearest.join(" ")),
            Fate::Newer => "newer".to_owned(),
            Fate::Unknown => "unknown".to_owned(),
        };
        assert_eq!(told, expect, "{service} {name} {release}");
    }

    #[test]
    fn follows_renames() {
        use Service::{Archiver, Courier, Django, Mailroom};
        for (service, name, release, expect) in [
            (Courier, "COURIER_REDIS", "10.1.30", "known COURIER_REDIS"),
            (Courier, "COURIER_REDIS", "10.1.31", "renamed COURIER_VALKEY v10.1.31"),
            (Courier, "COURIER_VALKEY", "7.4.0", "not yet v10.1.31 COURIER_REDIS"),
            (Courier, "COURIER_ADDRESS", "26.3.10", "renamed COURIER_INTERNET_ADDRESS v26.1.33"),
            (Courier, "COURIER_S_3_REGION", "9.3.0", "renamed COURIER_AWS_REGION v1.2.58"),
            (Courier, "COURIER_AWS_REGION", "26.3.0", "renamed AWS_REGION v26.3.0"),
            (Courier, "AWS_REGION", "7.4.0", "not yet v26.3.0 COURIER_S3_REGION"),
            (Courier, "COURIER_S3_PATH_STYLE", "7.4.0", "not yet v10.3.35 COURIER_S3_FORCE_PATH_STYLE"),
            (Courier, "COURIER_AUTH_TOKEN", "7.4.0", "not yet v7.5.44 -"),
            (Mailroom, "MAILROOM_OS_MESSAGES_INDEX", "26.1.42", "renamed MAILROOM_OS_MESSAGES_TICKETS_INDEX v26.1.42"),
            (Mailroom, "MAILROOM_OS_MESSAGES_TICKETS_INDEX", "26.1.45", "renamed MAILROOM_OS_MESSAGES_INDEX v26.1.43"),
            (Mailroom, "MAILROOM_OPENSEARCH", "26.2.0", "renamed MAILROOM_ELASTIC_ENDPOINT v26.1.32"),
            (Mailroom, "MAILROOM_S3_SESSION_BUCKET", "26.2.0", "removed v26.1.0"),
            (Archiver, "ARCHIVER_DELETE", "10.3.7", "removed v10.3.7"),
            (Archiver, "ARCHIVER_S3_FORCE_PATH_STYLE", "9.3.0", "removed v9.3.0"),
            (Archiver, "ARCHIVER_S3_FORCE_PATH_STYLE", "26.0.1", "renamed ARCHIVER_S3_PATH_STYLE v9.3.2"),
            (Django, "BROKER_URL", "7.4.2", "renamed CELERY_BROKER_URL v6.5.62"),
            (Django, "CELERY_BROKER_URL", "5.2.6", "not yet v6.5.62 BROKER_URL"),
            (Django, "RAVEN_CONFIG", "6.2.4", "renamed SENTRY_DSN v6.1.29"),
            (Django, "RAVEN_CONFIG", "9.2.5", "removed v7.5.104"),
            (Django, "REDIS_HOST", "9.2.5", "renamed CACHES+CELERY_BROKER_URL v8.1.231"),
            (Django, "BRANDING", "9.2.5", "renamed BRAND v7.5.92"),
            (Django, "BRAND", "7.4.2", "not yet v8.1.161 BRANDING"),
            (Django, "ARCHIVE_BUCKET", "9.2.5", "renamed STORAGES v8.1.233"),
            (Django, "ELASTICSEARCH_URL", "9.2.5", "removed v9.1.99"),
            (Django, "CELERYD_AUTOSCALER", "7.4.2", "removed v3.0.328"),
            (Django, "DEFAULT_FILE_STORAGE", "26.2.2", "removed v9.3.21"),
            (Django, "SECRET_KEY_FALLBACKS", "7.4.2", "not yet v8.1.43 -"),
            (Django, "ALLOWED_HOSTS", "5.2.6", "known ALLOWED_HOSTS"),
        ] {
            check(service, name, release, expect);
        }
    }

    #[test]
    fn judges_strangers() {
        use Service::{Courier, Django, Indexer, Mailroom};
        for (service, name, release, expect) in [
            (Courier, "MAILROOM_DB", "7.4.0", "of mailroom"),
            (Courier, "MAILROOM_WHATEVER", "7.4.0", "of mailroom"),
            (Courier, "SECRET_KEY", "7.4.0", "of django"),
            (Mailroom, "MAILROOM_URL", "7.4.1", "of django"),
            (Django, "MAILROOM_ADDRESS", "7.4.2", "of mailroom"),
            (Django, "MAILROOM_UL", "7.4.2", "misspelt MAILROOM_URL"),
            (Django, "COURIER_WHATEVER", "7.4.2", "of courier"),
            (Courier, "COURIER_SPOOLDIR", "7.4.0", "misspelt COURIER_SPOOL_DIR"),
            (Courier, "COURRIER_DOMAIN", "7.4.0", "misspelt COURIER_DOMAIN"),
            (Courier, "SPOOL_DIR", "7.4.0", "misspelt COURIER_SPOOL_DIR"),
            (Courier, "SENTRY_DSN", "7.4.0", "misspelt COURIER_SENTRY_DSN"),
            (Indexer, "INDEXER_POL", "7.4.0", "misspelt INDEXER_POLL"),
            (Courier, "COURIER_BASE_URL", "7.4.0", "unknown"),
            (Courier, "COURIER_BASE_URL", "27.0.0", "newer"),
            (Courier, "COURIER_DOMAN", "27.0.0", "misspelt COURIER_DOMAIN"),
            (Courier, "", "7.4.0", "unknown"),
        ] {
            check(service, name, release, expect);
        }
    }

    #[test]
    fn judges_every_name_of_every_catalog_at_every_change() {
        for service in Service::ALL {
            let catalog = of(service);
            let changes = catalog.renames.iter().map(|rename| rename.release);
            for release in changes.chain([catalog.first, catalog.last]) {
                for name in catalog.settings.iter().map(|setting| setting.name) {
                    let fate = catalog.fate(name, release);
                    let own = matches!(
                        fate,
                        Fate::Known(..) | Fate::Renamed { .. } | Fate::NotYet { .. } | Fate::Removed { .. }
                    );
                    assert!(own, "{name} {release} {fate:?}");
                }
            }
        }
    }
}
