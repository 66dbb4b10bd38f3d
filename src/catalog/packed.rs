//! The tables that build.rs packs from `schema/`.

use super::rule::Rule;
use super::service::Service;
use super::table::*;
use super::version::Version;
use super::words::{Key, Kind, Of, Secrecy};

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// The packed catalog of a service.
pub(super) fn of(service: Service) -> &'static Catalog {
    match service {
        Service::Django => &DJANGO,
        Service::Courier => &COURIER,
        Service::Mailroom => &MAILROOM,
        Service::Archiver => &ARCHIVER,
        Service::Indexer => &INDEXER,
    }
}
