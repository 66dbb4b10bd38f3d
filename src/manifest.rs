//! `manifest.json`: what was compiled from what. No secret, no time, no digest of a secret file.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::model::{Content, Plan, Setting};

/// A file of a render, as the manifest tells of it.
pub struct Entry<'a> {
    /// Its path below the environment's folder.
    pub path: &'a Path,
    /// The name of its service or output.
    pub name: &'a str,
    /// The host that it is for.
    pub host: Option<&'a str>,
    /// The format of a service's file.
    pub format: Option<&'a str>,
    /// The service's version.
    pub version: Option<&'a str>,
    /// Where it is installed on the host.
    pub installed: Option<&'a str>,
    /// Its settings, for a service's file.
    pub settings: &'a [Setting],
    /// Its content, for another output.
    pub content: Option<&'a Content>,
}

/// The manifest's text.
pub fn text(plan: &Plan, entries: &[Entry<'_>]) -> String {
    let manifest = json!({
        "version": 1,
        "environment": plan.environment,
        "release": plan.release,
        "sources": plan.sources,
        "files": entries.iter().map(entry).collect::<Vec<_>>(),
    });
    format!("{manifest:#}\n")
}

fn entry(entry: &Entry<'_>) -> Value {
    let of_content = entry.content.map(Content::references).unwrap_or_default();
    let mut references: BTreeSet<String> = of_content.iter().map(ToString::to_string).collect();
    for setting in entry.settings {
        setting.value.texts(&mut |text| references.extend(text.holes().iter().map(|hole| hole.reference.to_string())));
    }
    json!({
        "path": entry.path.to_string_lossy(),
        "name": entry.name,
        "host": entry.host,
        "format": entry.format,
        "version": entry.version,
        "installed": entry.installed,
        "settings": entry.settings.iter().map(|setting| &setting.name).collect::<Vec<_>>(),
        "secrets": entry.settings.iter().filter(|setting| setting.secret).map(|setting| &setting.name).collect::<Vec<_>>(),
        "references": references,
    })
}
