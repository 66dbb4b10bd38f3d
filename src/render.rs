//! Filled settings to outputs: formats chosen, bytes made, the manifest beside them.

use std::path::PathBuf;

use crate::deliver::Output;
use crate::diag::{Notes, codes};
use crate::emit::{self, Job, Line, format_of, path};
use crate::link::{FilledFile, FilledPlan, FilledUnit};
use crate::manifest::{self, Entry};
use crate::model::{FileOutput, Placement, Plan, Secret, Service, Unit};

/// What of a plan is rendered, and how.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these services or outputs, by name; all when empty.
    pub names: Vec<String>,
    /// Only this host.
    pub host: Option<String>,
    /// This format instead of the services' own: a Python one for Django, another for the Go services.
    pub format: Option<String>,
}

impl Selection {
    /// Whether a service or output on a placement is selected.
    pub fn takes(&self, name: &str, placement: &Placement) -> bool {
        let named = self.names.is_empty() || self.names.iter().any(|asked| asked == name);
        named && self.host.as_deref().is_none_or(|host| placement.host() == Some(host))
    }

    /// The format asked for a service, if the selection's is one for it. Django keeps its module beside another
    /// service's env file unless it is asked for by name.
    fn format_for(&self, service: Service) -> Option<&str> {
        let asked = self.format.as_deref()?;
        let python = emit::format(asked).is_some_and(|format| format.for_python());
        let django = service == Service::Django;
        let alone = self.names.iter().any(|name| name == service.name());
        (alone || python == django).then_some(asked)
    }
}

/// Makes every selected output, and the whole plan's manifest.
pub fn outputs(plan: &Plan, filled: &FilledPlan<'_>, selection: &Selection, notes: &mut Notes) -> Vec<Output> {
    let mut outputs = vec![];
    for filled in filled.units.iter().filter(|f| selection.takes(f.unit.service.name(), &f.unit.placement)) {
        outputs.extend(unit(plan, filled, selection, notes));
    }
    let files = filled.files.iter().filter(|f| selection.takes(&f.file.name, &f.file.placement));
    outputs.extend(files.map(file));
    outputs.push(Output { path: "manifest.json".into(), content: Secret::new(manifest(plan, selection).into_bytes()) });
    outputs
}

/// Tells of formats in the document that their service does not read.
pub fn formats(plan: &Plan, notes: &mut Notes) {
    for unit in &plan.units {
        if let Err(why) = unit_format(unit, &Selection::default()) {
            bad_format(unit, &why, notes);
        }
    }
}

fn bad_format(unit: &Unit, why: &emit::NoFormat, notes: &mut Notes) {
    let span = unit.target.format.as_ref().map(|format| format.span);
    notes.error(codes::BAD_OUTPUT, why.to_string()).at(span, "").help("choose a format that the service reads");
}

pub(crate) fn unit(plan: &Plan, filled: &FilledUnit<'_>, selection: &Selection, notes: &mut Notes) -> Option<Output> {
    let unit = filled.unit;
    let format = match unit_format(unit, selection) {
        Ok(format) => format,
        Err(why) => {
            bad_format(unit, &why, notes);
            return None;
        }
    };
    let lines = filled
        .settings
        .iter()
        .map(|(setting, value)| Line { name: &setting.name, value, variable: setting.variable })
        .collect();
    let job = Job { service: unit.service, lines };
    match emit::write(&job, &plan.environment, format) {
        Ok(bytes) => Some(Output { path: path(unit.service, &unit.placement, format), content: Secret::new(bytes) }),
        Err(unwritable) => {
            for fault in unwritable {
                let setting = unit.settings.iter().find(|setting| setting.name == fault.setting);
                let message = format!("the format `{}` cannot carry `{}`", format.name(), fault.setting);
                notes.error(codes::UNWRITABLE, message).at(setting.and_then(|s| s.origin.span()), fault.reason);
            }
            None
        }
    }
}

pub(crate) fn unit_format(unit: &Unit, selection: &Selection) -> Result<&'static dyn emit::Format, emit::NoFormat> {
    let own = unit.target.format.as_ref().map(|format| &format.value);
    format_of(unit.service, selection.format_for(unit.service).or(own.map(String::as_str)))
}

pub(crate) fn file(filled: &FilledFile<'_>) -> Output {
    #[expect(clippy::disallowed_methods, reason = "the content becomes the file's bytes")]
    let bytes = filled.content.expose().clone().into_bytes();
    Output { path: file_path(filled.file), content: Secret::new(bytes) }
}

fn file_path(file: &FileOutput) -> PathBuf {
    let installed = file.target.path.as_deref().unwrap_or(&file.name);
    let base = installed.rsplit('/').find(|part| !part.is_empty()).unwrap_or(&file.name);
    emit::folder(&file.placement, &file.name).join(base)
}

fn manifest(plan: &Plan, selection: &Selection) -> String {
    let units: Vec<(PathBuf, &Unit, &'static dyn emit::Format)> = plan
        .units
        .iter()
        .filter_map(|unit| {
            let format = unit_format(unit, selection).ok()?;
            Some((path(unit.service, &unit.placement, format), unit, format))
        })
        .collect();
    let files: Vec<(PathBuf, &FileOutput)> = plan.files.iter().map(|file| (file_path(file), file)).collect();
    let services = units.iter().map(|(path, unit, format)| Entry {
        path,
        name: unit.service.name(),
        host: unit.placement.host(),
        format: Some(format.name()),
        version: Some(&unit.version),
        installed: unit.target.path.as_deref(),
        settings: &unit.settings,
        content: None,
    });
    let others = files.iter().map(|(path, file)| Entry {
        path,
        name: &file.name,
        host: file.placement.host(),
        format: None,
        version: None,
        installed: file.target.path.as_deref(),
        settings: &[],
        content: Some(&file.content),
    });
    manifest::text(plan, &services.chain(others).collect::<Vec<_>>())
}
