//! Where an upgrade may lead: to a release of the catalog, and not backward.

use crate::catalog::{self, Train, Version};

/// Why there is no upgrade.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The catalog does not have the release.
    #[error("the catalog has no release `{asked}`; {}", near(.nearest))]
    Unknown {
        /// What was asked.
        asked: String,
        /// The nearest releases that it has.
        nearest: Vec<String>,
    },
    /// The release is older than the document's.
    #[error(
        "`{asked}` is older than {from}, which this document is at: what newer releases migrated in the database, older \
         ones cannot read; restore a backup of that release, and its document from version control"
    )]
    Older {
        /// What was asked.
        asked: String,
        /// The document's release, as it is written.
        from: String,
    },
    /// The document cannot be read, or names no release; what is wrong is reported.
    #[error("the document cannot be upgraded as it stands")]
    Document,
}

fn near(nearest: &[String]) -> String {
    match nearest {
        [only] => format!("the nearest is {only}"),
        several => format!("the nearest are {}", several.join(" and ")),
    }
}

/// The train of a release, by its line or its version.
pub fn find(asked: &str) -> Result<Train, Refusal> {
    match catalog::train(asked) {
        Ok(train) if train.exact && !train.newer => Ok(train),
        _ => Err(Refusal::Unknown { asked: asked.to_string(), nearest: nearest(asked) }),
    }
}

/// The releases right below and above what was asked; for what is no release, the last one.
fn nearest(asked: &str) -> Vec<String> {
    let mut numbers = asked.strip_prefix('v').unwrap_or(asked).split('.').map(|number| number.parse::<u16>().ok());
    let (major, minor) = (numbers.next().flatten(), numbers.next().unwrap_or(Some(0)));
    let patch = numbers.next();
    let (Some(major), Some(minor)) = (major, minor) else {
        return catalog::releases().next_back().map(line).into_iter().collect();
    };
    let asked = Version::new(major, minor, patch.flatten().unwrap_or(0));
    let name = |release: Version| if patch.is_some() { release.to_string().replace('v', "") } else { line(release) };
    let below = catalog::releases().rfind(|release| *release < asked).map(name);
    let above = catalog::releases().find(|release| *release > asked).map(name);
    below.into_iter().chain(above).collect()
}

fn line(release: Version) -> String {
    format!("{}.{}", release.major, release.minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_of_the_catalog_are_found_and_others_have_neighbours() {
        let check = |asked: &str, expect: &str| {
            let found = find(asked).map_or_else(|refusal| refusal.to_string(), |train| train.release.to_string());
            assert_eq!(found, expect, "{asked}");
        };
        check("9.2", "v9.2.5");
        check("v9.2.5", "v9.2.5");
        check("26.2.0", "v26.2.0");
        check("9.1", "the catalog has no release `9.1`; the nearest are 9.0 and 9.2");
        check("9.2.6", "the catalog has no release `9.2.6`; the nearest are 9.2.5 and 10.0.1");
        check("27.0", "the catalog has no release `27.0`; the nearest is 26.2");
        check("1.0", "the catalog has no release `1.0`; the nearest is 5.0");
        check("8", "the catalog has no release `8`; the nearest are 7.4 and 8.0");
        check("stable", "the catalog has no release `stable`; the nearest is 26.2");
    }
}
