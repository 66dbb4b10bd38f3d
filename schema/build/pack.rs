//! Checked tables to the text of Rust statics.

use super::super::table::{
    Catalog, Derivation, Form, Literal, Pin, Posture, Preset, Removal, Rename, Setting, TrainRow,
};
use super::super::version::Version;

/// `pub(super) static COURIER: Catalog = …;`
pub fn catalog(catalog: &Catalog) -> String {
    let Catalog { service, prefix, repository, first, last, .. } = catalog;
    format!(
        "pub(super) static {}: Catalog = Catalog {{ service: Service::{service:?}, prefix: {prefix:?}, \
         repository: {repository:?}, first: {}, last: {}, settings: {}, environment: {}, renames: {}, \
         removals: {}, pins: {} }};\n",
        service.name().to_uppercase(),
        version(*first),
        version(*last),
        list(catalog.settings, setting),
        list(catalog.environment, setting),
        list(catalog.renames, rename),
        list(catalog.removals, removal),
        list(catalog.pins, pin),
    )
}

/// `pub(super) static TRAINS: &[TrainRow] = …;`
pub fn trains(rows: &[(TrainRow, usize)]) -> String {
    let row = |(row, _): &(TrainRow, usize)| {
        format!(
            "TrainRow {{ release: {}, courier: {}, mailroom: {}, archiver: {}, indexer: {} }}",
            version(row.release),
            version(row.courier),
            version(row.mailroom),
            version(row.archiver),
            option(row.indexer, version),
        )
    };
    format!("pub(super) static TRAINS: &[TrainRow] = {};\n", list(rows, row))
}

fn setting(setting: &Setting) -> String {
    format!(
        "Setting {{ name: {:?}, help: {:?}, secrecy: Secrecy::{:?}, required: {}, internal: {}, key: {}, \
         derivation: {}, posture: {}, forms: {} }}",
        setting.name,
        setting.help,
        setting.secrecy,
        setting.required,
        setting.internal,
        option(setting.key, |key| format!("Key::{key:?}")),
        option(setting.derivation, derivation),
        option(setting.posture, posture),
        list(setting.forms, form),
    )
}

fn form(form: &Form) -> String {
    format!(
        "Form {{ since: {}, until: {}, kind: Kind::{:?}, default: {}, validate: {:?}, of: {} }}",
        version(form.since),
        option(form.until, version),
        form.kind,
        preset(&form.default),
        form.validate,
        option(form.of, |of| format!("Of::{of:?}")),
    )
}

fn preset(preset: &Preset) -> String {
    match preset {
        Preset::Value(value) => format!("Preset::Value({})", literal(value)),
        Preset::Env { variable, value } => {
            format!("Preset::Env {{ variable: {variable:?}, value: {} }}", literal(value))
        }
        Preset::Expr(code) => format!("Preset::Expr({code:?})"),
        Preset::Structure(shape) => format!("Preset::Structure({shape:?})"),
    }
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Null => "Literal::Null".into(),
        Literal::Bool(value) => format!("Literal::Bool({value})"),
        Literal::Int(value) => format!("Literal::Int({value})"),
        Literal::Float(value) => format!("Literal::Float({value:?})"),
        Literal::Text(value) => format!("Literal::Text({value:?})"),
        Literal::List(values) => format!("Literal::List({})", list(values, literal)),
        Literal::Map(pairs) => {
            format!("Literal::Map({})", list(pairs, |(key, value)| format!("({key:?}, {})", literal(value))))
        }
    }
}

fn derivation(derivation: Derivation) -> String {
    format!(
        "Derivation {{ rule: Rule::{:?}, from: &{:?}, since: {}, until: {} }}",
        derivation.rule,
        derivation.from,
        option(derivation.since, version),
        option(derivation.until, version),
    )
}

fn posture(posture: Posture) -> String {
    format!(
        "Posture {{ value: {}, because: {:?}, since: {}, until: {} }}",
        literal(&posture.value),
        posture.because,
        option(posture.since, version),
        option(posture.until, version),
    )
}

fn rename(rename: &Rename) -> String {
    let Rename { from, to, note, .. } = rename;
    format!("Rename {{ from: {from:?}, to: &{to:?}, release: {}, note: {note:?} }}", version(rename.release))
}

fn removal(removal: &Removal) -> String {
    format!("Removal {{ name: {:?}, release: {} }}", removal.name, version(removal.release))
}

fn pin(pin: &Pin) -> String {
    format!("Pin {{ since: {}, django: {} }}", version(pin.since), version(pin.django))
}

fn version(version: Version) -> String {
    format!("Version::new({}, {}, {})", version.major, version.minor, version.patch)
}

fn option<T>(value: Option<T>, write: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "None".into(), |value| format!("Some({})", write(value)))
}

fn list<T>(values: &[T], write: impl Fn(&T) -> String) -> String {
    format!("&[{}]", values.iter().map(write).collect::<Vec<_>>().join(",\n"))
}
