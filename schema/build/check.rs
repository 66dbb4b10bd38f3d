//! What the tables must obey beyond their shapes.

use std::collections::BTreeMap;

use super::super::service::Service;
use super::super::table::{Catalog, Form, Setting, TrainRow};
use super::super::version::Version;
use super::super::words::Secrecy;
use super::Fault;
use super::read::Source;

/// Longest help that an editor shows without wrapping twice.
const LONGEST_HELP: usize = 160;

/// Everything wrong with a catalog.
pub fn catalog(source: &Source, service: Service) -> Vec<Fault> {
    let catalog = &source.catalog;
    let mut faults = Vec::new();
    if catalog.service != service {
        faults.push(Fault::new(1, format!("this is the file of `{service}`")));
    }
    if catalog.first > catalog.last {
        faults.push(Fault::new(1, "`first` is after `last`"));
    }
    let mut helps = BTreeMap::new();
    for (name, line, forms) in &source.settings {
        let Some(setting) = find(catalog, name) else {
            continue;
        };
        helped(setting, *line, &mut helps, &mut faults);
        named(catalog, setting, *line, &mut faults);
        formed(setting.forms, *line, forms, &mut faults);
    }
    changes(source, &mut faults);
    if !catalog.pins.is_sorted_by(|one, next| one.since < next.since && one.django < next.django) {
        faults.push(Fault::new(1, "the pins are not in order"));
    }
    if catalog.pins.first().is_some_and(|pin| pin.since > catalog.first) {
        faults.push(Fault::new(1, "the first release has no pin"));
    }
    faults
}

/// Everything wrong with the trains.
pub fn trains(rows: &[(TrainRow, usize)]) -> Vec<Fault> {
    let unsorted = rows.iter().zip(rows.iter().skip(1)).filter(|(a, b)| a.0.release >= b.0.release);
    let mut faults: Vec<_> = unsorted.map(|(_, (_, line))| Fault::new(*line, "the trains are not in order")).collect();
    if rows.is_empty() {
        faults.push(Fault::new(1, "there is no train"));
    }
    faults
}

fn helped(setting: &Setting, line: usize, helps: &mut BTreeMap<&'static str, &'static str>, faults: &mut Vec<Fault>) {
    let length = setting.help.chars().count();
    if length == 0 || length > LONGEST_HELP || setting.help.contains('\n') {
        let bounds =
            format!("the help of `{}` has {length} characters, not 1 to {LONGEST_HELP} on one line", setting.name);
        faults.push(Fault::new(line, bounds));
    }
    if let Some(other) = helps.insert(setting.help, setting.name) {
        faults.push(Fault::new(line, format!("`{}` has the help of `{other}`", setting.name)));
    }
}

fn named(catalog: &Catalog, setting: &Setting, line: usize, faults: &mut Vec<Fault>) {
    let own = catalog.settings.iter().any(|each| each.name == setting.name);
    if let (true, Some(prefix)) = (own, catalog.prefix)
        && !setting.name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('_'))
    {
        faults.push(Fault::new(line, format!("`{}` does not begin with `{prefix}_`", setting.name)));
    }
    if setting.posture.is_some() && (setting.derivation.is_some() || setting.secrecy == Secrecy::Secret) {
        faults.push(Fault::new(line, format!("`{}` has a posture beside a rule or a secret", setting.name)));
    }
}

fn formed(forms: &[Form], line: usize, lines: &[usize], faults: &mut Vec<Fault>) {
    if forms.is_empty() {
        faults.push(Fault::new(line, "a setting needs a form"));
    }
    let mut free_from = Version::new(0, 0, 0);
    for (form, line) in forms.iter().zip(lines) {
        if form.since < free_from {
            faults.push(Fault::new(*line, "the form overlaps the one before it"));
        }
        if form.until.is_some_and(|until| until <= form.since) {
            faults.push(Fault::new(*line, "the form ends before it begins"));
        }
        free_from = form.until.unwrap_or(Version::new(u16::MAX, u16::MAX, u16::MAX));
    }
}

/// A change happens where a form of the old name ends, or before the first release that the catalog knows.
fn changes(source: &Source, faults: &mut Vec<Fault>) {
    let catalog = &source.catalog;
    let mut ends = |name: &str, release: Version, line: usize| match find(catalog, name) {
        _ if release <= catalog.first => {}
        None => faults.push(Fault::new(line, format!("`{name}` is no setting"))),
        Some(setting) if setting.forms.iter().any(|form| form.until == Some(release)) => {}
        Some(_) => faults.push(Fault::new(line, format!("no form of `{name}` ends at {release}"))),
    };
    source.renames.iter().for_each(|(rename, line)| ends(rename.from, rename.release, *line));
    source.removals.iter().for_each(|(removal, line)| ends(removal.name, removal.release, *line));
    for (rename, line) in &source.renames {
        for to in rename.to.iter().filter(|to| find(catalog, to).is_none()) {
            faults.push(Fault::new(*line, format!("`{to}` is no setting")));
        }
    }
}

fn find(catalog: &Catalog, name: &str) -> Option<&'static Setting> {
    catalog.settings.iter().chain(catalog.environment).find(|setting| setting.name == name)
}
