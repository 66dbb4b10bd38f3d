//! Filled settings to outputs: formats chosen, bytes made, the manifest beside them.

use std::convert::Infallible;
use std::path::PathBuf;

use crate::deliver::Output;
use crate::diag::{Notes, codes};
use crate::emit::external_secret::{self, OpenDocument, OpenLine, Store};
use crate::emit::{self, Job, Line, Unwritable, format_of, path};
use crate::link::{FilledFile, FilledPlan, FilledUnit};
use crate::manifest::{self, Entry};
use crate::model::{Becomes, FileOutput, Filled, Placement, Plan, Secret, Service, Setting, Target, Text, Unit};

/// What of a plan is rendered, and how.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these services or outputs, by name; all when empty.
    pub names: Vec<String>,
    /// Only this host.
    pub host: Option<String>,
    /// This format instead of the services' own: a Python one for Django, another for the Go services.
    pub format: Option<String>,
    /// Which provider ExternalSecrets are for.
    pub store: Store,
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
        let takes = emit::format(asked).is_some_and(|format| format.readers().take(service));
        let alone = self.names.iter().any(|name| name == service.name());
        (alone || takes).then_some(asked)
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
    outputs.push(Output {
        path: "manifest.json".into(),
        content: Secret::new(whole_manifest(plan, selection).into_bytes()),
    });
    outputs
}

/// Tells of formats in the document that their service does not read, or that cannot carry its settings.
pub fn formats(plan: &Plan, notes: &mut Notes) {
    for unit in &plan.units {
        match unit_format(unit, &Selection::default()) {
            Err(why) => bad_format(unit, &why, notes),
            Ok(format) if unit.target.format.is_some() => trial(plan, unit, format, notes),
            Ok(_) => {}
        }
    }
}

/// Writes a unit with a word in the place of each secret: what a format cannot carry, it cannot carry with any value.
fn trial(plan: &Plan, unit: &Unit, format: &'static dyn emit::Format, notes: &mut Notes) {
    let word = |text: &Text| -> Result<Option<Filled>, Infallible> {
        Ok(Some(match text.becomes {
            Becomes::Int => Filled::Int(1),
            Becomes::Float => Filled::Float(1.0),
            Becomes::Bool => Filled::Bool(true),
            Becomes::ObfuscationKey => Filled::Tuple(vec![Filled::Int(1); 4]),
            Becomes::String | Becomes::Url => Filled::string("x"),
        }))
    };
    let filled = |setting: &Setting| match setting.value.try_fill(&mut |text| word(text)) {
        Ok(value) => value,
    };
    let values: Vec<Option<Filled>> = unit.settings.iter().map(filled).collect();
    let lines = unit.settings.iter().zip(&values).filter_map(|(setting, value)| {
        Some(Line { name: &setting.name, value: value.as_ref()?, variable: setting.variable, secret: setting.secret })
    });
    let job = Job { service: unit.service, lines: lines.collect() };
    if let Err(unwritable) = emit::write(&job, &plan.environment, format) {
        let shown = format.name();
        let which: Vec<String> = unwritable.iter().map(|fault| format!("`{}`", fault.setting)).collect();
        let span = unit.target.format.as_ref().map(|format| format.span);
        let why = unwritable.first().map_or("", |fault| fault.reason);
        notes
            .error(codes::BAD_OUTPUT, format!("the format `{shown}` cannot carry {}", brief(&which)))
            .at(span, why)
            .help("choose another format, or remove the line: each service has one of its own");
    }
}

/// A list of names, the first three of them.
fn brief(names: &[String]) -> String {
    let first = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(3) {
        0 => first,
        more => format!("{first} and {more} more"),
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
        .map(|(setting, value)| Line { name: &setting.name, value, variable: setting.variable, secret: setting.secret })
        .collect();
    let job = Job { service: unit.service, lines };
    match emit::write(&job, &plan.environment, format) {
        Ok(bytes) => Some(Output { path: path(unit.service, &unit.placement, format), content: Secret::new(bytes) }),
        Err(unwritable) => {
            refused(unit, format.name(), &unwritable, notes);
            None
        }
    }
}

/// Notes settings that a format cannot carry.
pub fn refused(unit: &Unit, format: &str, unwritable: &[Unwritable], notes: &mut Notes) {
    for fault in unwritable {
        let setting = unit.settings.iter().find(|setting| setting.name == fault.setting);
        let message = format!("the format `{format}` cannot carry `{}`", fault.setting);
        notes.error(codes::UNWRITABLE, message).at(setting.and_then(|s| s.origin.span()), fault.reason);
    }
}

/// Makes the ExternalSecrets of every selected service from the plan alone, and the whole plan's manifest.
pub fn external_secrets(plan: &Plan, selection: &Selection, notes: &mut Notes) -> Vec<Output> {
    let mut outputs = vec![];
    for unit in plan.units.iter().filter(|unit| selection.takes(unit.service.name(), &unit.placement)) {
        let lines: Vec<OpenLine> = unit.settings.iter().map(open_line).collect();
        let document = OpenDocument { service: unit.service, environment: &plan.environment, lines: &lines };
        match external_secret::write(&document, selection.store) {
            Ok(written) => {
                for name in written.left_out {
                    let message = format!("`{name}` of {} is written without its optional references", unit.service);
                    notes.info(codes::UNWRITABLE, message);
                }
                outputs.push(Output { path: open_path(unit), content: Secret::new(written.bytes) });
            }
            Err(unwritable) => refused(unit, external_secret::NAME, &unwritable, notes),
        }
    }
    let entries = plan.units.iter().map(|unit| (open_path(unit), unit, external_secret::NAME)).collect();
    let manifest = manifest(plan, entries, vec![]);
    outputs.push(Output { path: "manifest.json".into(), content: Secret::new(manifest.into_bytes()) });
    outputs
}

fn open_line(setting: &Setting) -> OpenLine<'_> {
    let Setting { name, value, variable, secret, .. } = setting;
    OpenLine { name, value, variable: *variable, secret: *secret }
}

fn open_path(unit: &Unit) -> PathBuf {
    emit::folder(&unit.placement, unit.service.name()).join(external_secret::FILE_NAME)
}

pub(crate) fn unit_format(unit: &Unit, selection: &Selection) -> Result<&'static dyn emit::Format, emit::NoFormat> {
    let own = unit.target.format.as_ref().map(|format| &format.value);
    format_of(unit.service, selection.format_for(unit.service).or(own.map(String::as_str)))
}

/// The files of a host, in their own formats and in the order in which units follow, with how each is installed.
pub fn files_of<'p>(plan: &'p Plan, host: &str) -> Vec<(PathBuf, &'p Target)> {
    let whole = Selection::default();
    let here = |placement: &Placement| placement.host() == Some(host);
    let units = plan.in_order().filter(|unit| here(&unit.placement)).filter_map(|unit| {
        let format = unit_format(unit, &whole).ok()?;
        Some((path(unit.service, &unit.placement, format), &unit.target))
    });
    let files = plan.files.iter().filter(|file| here(&file.placement)).map(|file| (file_path(file), &file.target));
    units.chain(files).collect()
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

fn whole_manifest(plan: &Plan, selection: &Selection) -> String {
    let units = plan.units.iter().filter_map(|unit| {
        let format = unit_format(unit, selection).ok()?;
        Some((path(unit.service, &unit.placement, format), unit, format.name()))
    });
    manifest(plan, units.collect(), plan.files.iter().map(|file| (file_path(file), file)).collect())
}

fn manifest(plan: &Plan, units: Vec<(PathBuf, &Unit, &str)>, files: Vec<(PathBuf, &FileOutput)>) -> String {
    let services = units.iter().map(|(path, unit, format)| Entry {
        path,
        name: unit.service.name(),
        host: unit.placement.host(),
        format: Some(format),
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
