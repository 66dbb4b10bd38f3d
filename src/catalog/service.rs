//! The five services of a RapidPro deployment.

use super::words::words;

words! {
    /// A service that has settings of its own.
    Service {
        /// The site; Celery and beat read the same settings.
        Django = "django",
        /// Sends and receives messages.
        Courier = "courier",
        /// Runs flows.
        Mailroom = "mailroom",
        /// Moves old messages and runs to S3.
        Archiver = "archiver",
        /// Keeps the search index, until Mailroom does.
        Indexer = "indexer",
    }
}
