//! Filled settings to the files of one host, each with its owner, its mode and what follows it.

use crate::deliver::{HostFile, Output};
use crate::diag::Notes;
use crate::link::FilledPlan;
use crate::model::{Plan, Service, Setting, Target};
use crate::render::{self, Selection};

/// The order in which units follow: callees before their callers, and what users wait for before what runs at night.
const ORDER: [Service; 5] = [Service::Mailroom, Service::Courier, Service::Django, Service::Indexer, Service::Archiver];

/// Makes every file that a host gets.
pub fn files(plan: &Plan, filled: &FilledPlan<'_>, host: &str, notes: &mut Notes) -> Vec<HostFile> {
    let selection = Selection { host: Some(host.to_string()), ..Selection::default() };
    let mut files = vec![];
    for service in ORDER {
        let units = filled.units.iter().filter(|filled| filled.unit.service == service);
        for filled in units.filter(|filled| selection.takes(service.name(), &filled.unit.placement)) {
            let Some(output) = render::unit(plan, filled, &selection, notes) else { continue };
            let unit = filled.unit;
            let format = render::unit_format(unit, &selection).ok().map(|format| format.name().to_string());
            let secrets = secrets(&unit.settings);
            files.extend(host_file(service.name(), &unit.target, output, format, secrets));
        }
    }
    for filled in filled.files.iter().filter(|filled| selection.takes(&filled.file.name, &filled.file.placement)) {
        let file = filled.file;
        files.extend(host_file(&file.name, &file.target, render::file(filled), None, vec![]));
    }
    files
}

/// The names of settings that must not be shown.
pub fn secrets(settings: &[Setting]) -> Vec<String> {
    settings.iter().filter(|setting| setting.secret).map(|setting| setting.name.clone()).collect()
}

fn host_file(
    name: &str,
    target: &Target,
    output: Output,
    format: Option<String>,
    secrets: Vec<String>,
) -> Option<HostFile> {
    Some(HostFile {
        name: name.to_string(),
        path: target.path.clone()?,
        content: output.content,
        owner: target.owner.clone(),
        group: target.group.clone(),
        mode: target.mode,
        reactions: target.reactions.clone(),
        format,
        secrets,
    })
}
