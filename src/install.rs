//! Filled settings to files, each with what is known of it: its owner and mode, what follows it, what in it is secret.

use crate::deliver::{HostFile, Output};
use crate::diag::Notes;
use crate::link::FilledPlan;
use crate::model::{ORDER, Plan, Reaction, Setting, Target};
use crate::render::{self, Selection};

/// A file, and what is known of it.
pub struct Made<'p> {
    /// Its path in a render, and its bytes.
    pub output: Output,
    /// The service or output.
    pub name: &'p str,
    /// The host.
    pub host: Option<&'p str>,
    /// The format of a service's settings.
    pub format: Option<String>,
    /// Names of the settings in it that are secret.
    pub secrets: Vec<String>,
    /// How it is installed.
    pub target: &'p Target,
}

/// Makes every file of a selection, in the order in which units follow them.
pub fn made<'p>(plan: &'p Plan, filled: &FilledPlan<'p>, selection: &Selection, notes: &mut Notes) -> Vec<Made<'p>> {
    let mut made = vec![];
    for service in ORDER {
        let units = filled.units.iter().filter(|filled| filled.unit.service == service);
        for filled in units.filter(|filled| selection.takes(service.name(), &filled.unit.placement)) {
            let Some(output) = render::unit(plan, filled, selection, notes) else { continue };
            let unit = filled.unit;
            made.push(Made {
                output,
                name: service.name(),
                host: unit.placement.host(),
                format: render::unit_format(unit, selection).ok().map(|format| format.name().to_string()),
                secrets: secrets(&unit.settings),
                target: &unit.target,
            });
        }
    }
    for filled in filled.files.iter().filter(|filled| selection.takes(&filled.file.name, &filled.file.placement)) {
        let (output, file) = (render::file(filled), filled.file);
        let (name, host) = (file.name.as_str(), file.placement.host());
        made.push(Made { output, name, host, format: None, secrets: vec![], target: &file.target });
    }
    made
}

/// Makes every file that a host gets.
pub fn files(plan: &Plan, filled: &FilledPlan<'_>, host: &str, notes: &mut Notes) -> Vec<HostFile> {
    let selection = Selection { host: Some(host.to_string()), ..Selection::default() };
    made(plan, filled, &selection, notes).into_iter().filter_map(Made::on_host).collect()
}

/// The names of settings whose values are not shown.
pub fn secrets(settings: &[Setting]) -> Vec<String> {
    settings.iter().filter(|setting| setting.secret).map(|setting| setting.name.clone()).collect()
}

/// What follows the files of a plan, in order.
pub fn reactions(plan: &Plan) -> Vec<Reaction> {
    let targets = plan.in_order().map(|unit| &unit.target).chain(plan.files.iter().map(|file| &file.target));
    targets.flat_map(|target| target.reactions.clone()).collect()
}

impl Made<'_> {
    /// As it stands on its host; nothing in containers.
    fn on_host(self) -> Option<HostFile> {
        let target = self.target;
        Some(HostFile {
            name: self.name.to_string(),
            path: target.path.clone()?,
            content: self.output.content,
            owner: target.owner.clone(),
            group: target.group.clone(),
            mode: target.mode,
            reactions: target.reactions.clone(),
            format: self.format,
            secrets: self.secrets,
        })
    }
}
