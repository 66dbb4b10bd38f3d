//! The catalog's tables: what one YAML file says, as static data.

use super::rule::Rule;
use super::service::Service;
use super::version::Version;
use super::words::{Key, Kind, Of, Secrecy};

/// Every setting of one service over every release.
#[derive(Clone, Copy, Debug)]
pub struct Catalog {
    /// Whose settings these are.
    pub service: Service,
    /// Begins the name of every setting, `COURIER`; Django's names have no prefix.
    pub prefix: Option<&'static str>,
    /// Where the source is, `nyaruka/courier`.
    pub repository: &'static str,
    /// First release that the catalog knows.
    pub first: Version,
    /// Last release that the catalog knows.
    pub last: Version,
    /// The settings, sorted by name.
    pub settings: &'static [Setting],
    /// Variables that a library reads in the service's place, sorted by name.
    pub environment: &'static [Setting],
    /// Renames, sorted by old name and release.
    pub renames: &'static [Rename],
    /// Removals, sorted by name and release.
    pub removals: &'static [Removal],
    /// Django's catalog: the version of Django from each release on, sorted.
    pub pins: &'static [Pin],
}

/// One name, whatever its release.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Its name in files.
    pub name: &'static str,
    /// One line for people.
    pub help: &'static str,
    /// Whether its value is a secret.
    pub secrecy: Secrecy,
    /// A production deployment cannot do without it.
    pub required: bool,
    /// Operators do not set it.
    pub internal: bool,
    /// The document's key that sets it.
    pub key: Option<Key>,
    /// How the compiler derives it.
    pub derivation: Option<Derivation>,
    /// The value that production needs, whatever the facts.
    pub posture: Option<Posture>,
    /// Its forms, in order of release; between two may be releases without it.
    pub forms: &'static [Form],
}

/// A setting as some consecutive releases read it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Form {
    /// First release with this form.
    pub since: Version,
    /// First release without it.
    pub until: Option<Version>,
    /// How the value is read.
    pub kind: Kind,
    /// What holds when nobody sets it.
    pub default: Preset,
    /// The validator, in the words of the source's struct tag.
    pub validate: Option<&'static str>,
    /// Who defines it, when the service's own source does not.
    pub of: Option<Of>,
}

/// A default, as far as it is a plain value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Preset {
    /// A value.
    Value(Literal),
    /// Read from an environment variable, else the value.
    Env {
        /// The variable.
        variable: &'static str,
        /// The value without it.
        value: Literal,
    },
    /// A short expression of the source.
    Expr(&'static str),
    /// Something larger, of this shape.
    Structure(&'static str),
}

/// A value of JSON's kinds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// Null; Python's None.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// Text.
    Text(&'static str),
    /// A list; a tuple or set of the source too.
    List(&'static [Literal]),
    /// A map, in the source's order.
    Map(&'static [(&'static str, Literal)]),
}

/// How a setting follows from the document's facts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Derivation {
    /// The way.
    pub rule: Rule,
    /// The facts that it reads.
    pub from: &'static [&'static str],
    /// First release that it is for; all from the first form if absent.
    pub since: Option<Version>,
    /// First release that it is not for.
    pub until: Option<Version>,
}

/// A value that production needs where upstream's default is a developer's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posture {
    /// The value.
    pub value: Literal,
    /// Why upstream's default will not do.
    pub because: &'static str,
    /// First release that needs it; all from the first form if absent.
    pub since: Option<Version>,
    /// First release that does not.
    pub until: Option<Version>,
}

/// From `release` on, `to` is read instead of `from`.
#[derive(Clone, Copy, Debug)]
pub struct Rename {
    /// The old name.
    pub from: &'static str,
    /// The new one, or the several that share its work.
    pub to: &'static [&'static str],
    /// First release with the new name.
    pub release: Version,
    /// What else changed.
    pub note: Option<&'static str>,
}

/// From `release` on, nothing reads `name`.
#[derive(Clone, Copy, Debug)]
pub struct Removal {
    /// The name.
    pub name: &'static str,
    /// First release without it.
    pub release: Version,
}

/// From `since` on, RapidPro runs on this version of Django.
#[derive(Clone, Copy, Debug)]
pub struct Pin {
    /// The release of RapidPro.
    pub since: Version,
    /// The version of Django.
    pub django: Version,
}

/// Which versions of the services go together.
#[derive(Clone, Copy, Debug)]
pub struct TrainRow {
    /// The release of RapidPro, which is Django's.
    pub release: Version,
    /// Courier's.
    pub courier: Version,
    /// Mailroom's.
    pub mailroom: Version,
    /// The archiver's.
    pub archiver: Version,
    /// The indexer's, while there is one.
    pub indexer: Option<Version>,
}
