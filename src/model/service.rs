//! The services of RapidPro, and where one runs.

/// A process that RapidPro consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// The web application, and the settings module of Celery and beat.
    Django,
    /// Sends and receives messages.
    Courier,
    /// Runs flows.
    Mailroom,
    /// Moves old messages and runs to S3.
    Archiver,
    /// Keeps Elasticsearch's contacts up to date; gone from the 26.2 train on.
    Indexer,
}

impl Service {
    /// Every service, in the order in which a deployment is described.
    pub const ALL: [Service; 5] =
        [Service::Django, Service::Courier, Service::Mailroom, Service::Archiver, Service::Indexer];

    /// The lower-case name, as documents and folders have it.
    pub fn name(self) -> &'static str {
        match self {
            Service::Django => "django",
            Service::Courier => "courier",
            Service::Mailroom => "mailroom",
            Service::Archiver => "archiver",
            Service::Indexer => "indexer",
        }
    }

    /// The service of a lower-case name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }

    /// The prefix of the service's variables, without the underscore; Django's settings have none.
    pub fn prefix(self) -> Option<&'static str> {
        match self {
            Service::Django => None,
            Service::Courier => Some("COURIER"),
            Service::Mailroom => Some("MAILROOM"),
            Service::Archiver => Some("ARCHIVER"),
            Service::Indexer => Some("INDEXER"),
        }
    }
}

impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a service is compiled for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placement {
    /// A host of the document, by its name there.
    Host(String),
    /// Containers: every interface is bound, services reach each other by name.
    Containers,
}

impl Placement {
    /// The host's name; none in containers.
    pub fn host(&self) -> Option<&str> {
        match self {
            Placement::Host(name) => Some(name),
            Placement::Containers => None,
        }
    }
}
