//! `release` and `versions`: which version of every service the plan is made for.

use std::rc::Rc;

use super::facts::{Facts, Lookup};
use crate::catalog::{self, Service as Named, Version};
use crate::diag::{Notes, codes};
use crate::model::Service;
use crate::source::Node;

/// The versions of a document's release.
pub struct Release {
    /// RapidPro's.
    pub rapidpro: Version,
    /// Each service's that the release has.
    pub versions: Vec<(Service, Version)>,
    /// Whether it is newer than the catalog.
    pub newer: bool,
}

/// Reads them; `None` when the document names no release that could be compiled for, which is reported.
pub fn read(tree: &Rc<Node>, facts: &Facts, notes: &mut Notes) -> Option<Release> {
    let asked = match facts.get("release") {
        Some(Lookup::Fact(_)) => facts.known("release")?,
        Some(Lookup::Broken | Lookup::Group) => return None,
        Some(Lookup::Removed) | None => {
            notes
                .error(codes::MISSING_FACT, "`release` is missing")
                .at(tree, "nothing can be compiled without it")
                .help("add `release: \"9.2\"`, the RapidPro release line that is deployed");
            return None;
        }
    };
    let span = facts.fact("release").map(|fact| fact.span);
    let train = match catalog::train(asked) {
        Ok(train) => train,
        Err(why) => {
            notes
                .error(codes::BAD_RELEASE, why.to_string())
                .at(span, "")
                .help("write a line such as `release: \"9.2\"`");
            return None;
        }
    };
    if train.newer {
        notes
            .warning(codes::RELEASE_NEWER, format!("release {asked} is newer than the catalog"))
            .at(span, "the last forms that are known of every setting are used")
            .help("update rpconf, or compare the release's own notes with `rpconf explain`");
    } else if !train.exact {
        notes
            .info(codes::RELEASE_BETWEEN, format!("release {asked} is between two trains"))
            .at(span, format!("the versions that went with {} are used", train.release))
            .help("pin other versions under `versions`");
    }
    let version = |service| match train.version(service) {
        Some(_) if train.newer => Some(catalog::of(service).last),
        version => version,
    };
    let mut versions: Vec<(Service, Version)> =
        Service::ALL.into_iter().filter_map(|service| Some((service, version(service)?))).collect();
    for service in Service::ALL {
        let path = format!("versions.{service}");
        let Some(pinned) = facts.known(&path) else { continue };
        let at = facts.fact(&path).map(|fact| fact.span);
        match Version::parse(pinned) {
            Some(version) => {
                newer_pin(service, version, at, notes);
                versions.retain(|(known, _)| *known != service);
                versions.push((service, version));
            }
            None => {
                notes
                    .error(codes::BAD_RELEASE, format!("`{path}` is no version"))
                    .at(at, "")
                    .help("write three numbers, as in `7.4.0`");
            }
        }
    }
    versions.sort_by_key(|(service, _)| *service);
    let rapidpro = versions.iter().find(|(service, _)| *service == Service::Django).map_or(train.release, |(_, v)| *v);
    Some(Release { rapidpro, versions, newer: train.newer })
}

fn newer_pin(service: Service, version: Version, at: Option<crate::diag::Span>, notes: &mut Notes) {
    let last = catalog::of(service).last;
    if version > last {
        notes
            .warning(codes::RELEASE_NEWER, format!("{service} {version} is newer than the catalog"))
            .at(at, format!("the forms of {last} are used"));
    }
}

/// The catalog's and the model's services are the same.
const _: fn(Service) -> Named = |service| service;
