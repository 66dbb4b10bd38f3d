//! What an upgrade tells of: one item a setting, fact or hazard, each with its place.

use crate::catalog::Version;
use crate::diag::Span;
use crate::model::Service;

/// Something that the upgrade changes, or that somebody must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The service; none when it is about the document as a whole.
    pub service: Option<Service>,
    /// What kind of change it is.
    pub kind: Kind,
    /// The setting, the fact's path, or the hazard's name.
    pub name: String,
    /// What it becomes, for a renamed setting.
    pub to: Vec<String>,
    /// The release of the service that changed it.
    pub release: Option<Version>,
    /// One lower-case sentence.
    pub what: String,
    /// Its place in the document as it is.
    pub span: Option<Span>,
    /// What is done about it.
    pub done: Done,
}

/// The kinds of change, in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A release or a version of the document's.
    Release,
    /// What changes without anyone setting it, or must be done by hand elsewhere.
    Hazard,
    /// The setting has another name.
    Renamed,
    /// Nothing reads the setting any more.
    Removed,
    /// The release reads it, the older one did not, and the deployment is told or must be told.
    New,
    /// A fact that the release needs and the document lacks.
    Missing,
    /// The value has another form.
    Format,
    /// Left at its default, which is another one.
    Default,
    /// The release reads it, and it may stay at its default.
    Optional,
    /// A value that the new release refuses.
    Refused,
}

impl Kind {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Release => "release",
            Kind::Hazard => "hazard",
            Kind::Renamed => "renamed",
            Kind::Removed => "removed",
            Kind::New => "new",
            Kind::Missing => "missing",
            Kind::Format => "format",
            Kind::Default => "default",
            Kind::Optional => "optional",
            Kind::Refused => "refused",
        }
    }
}

/// What is done about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The document is edited.
    Edited,
    /// A marker is written, for somebody who knows.
    FillIn,
    /// Nothing is to be written: the value is derived.
    Derived,
    /// Nothing is written: it is to be known, or to be done by hand.
    Told,
}

impl Done {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Done::Edited => "edited",
            Done::FillIn => "fill-in",
            Done::Derived => "derived",
            Done::Told => "told",
        }
    }
}
