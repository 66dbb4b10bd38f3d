//! Every setting of RapidPro's services over every release: what it is now, what it was, what derives it.
//!
//! The data is `schema/catalog/*.yml` and `schema/releases.yml`, one file a service, checked and packed into static
//! tables by build.rs; nothing is parsed when rpconf starts. A question is asked of a service's [`Catalog`]:
//!
//! - [`Catalog::at`]: how does this release read this setting?
//! - [`Catalog::settings_at`]: what does this release read at all?
//! - [`Catalog::fate`]: what is this upper-case name to this release, if it is no setting of it?
//! - [`train`]: which versions of the services make up a release?
//! - [`listing::list`]: the rows of `rpconf catalog`.

#[cfg(test)]
#[allow(dead_code)] // build.rs uses the rest
#[path = "../../schema/build/mod.rs"]
mod build;
#[cfg(test)]
mod build_tests;
mod fate;
pub mod listing;
mod packed;
mod query;
mod releases;
mod rule;
mod table;
mod version;
mod words;

pub use fate::Fate;
pub use query::of;
pub use releases::{ReleaseError, Train, django_pin, releases, train};
pub use rule::Rule;
/// The services, where the build's copy of these modules looks for them too.
mod service {
    pub use crate::model::Service;
}
pub use service::Service;
pub use table::{Catalog, Derivation, Form, Literal, Pin, Posture, Preset, Removal, Rename, Setting};
pub use version::Version;
pub use words::{Key, Kind, Of, Secrecy};
