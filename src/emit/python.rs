//! Django's settings module, and the same without its first import, for a module that takes it in elsewhere.

use std::collections::BTreeSet;

use super::literal::literal;
use super::{Document, Format, ReadError, Readers, Unwritable, each, header, python_read};
use crate::model::{Filled, check_import, is_assignable, string_literal};

/// `settings.py`, which begins with all that upstream's module defines. The document's own imports follow it, so that
/// a name which both import means what the document says.
pub(super) struct Module;

/// The assignments and their imports alone.
pub(super) struct Fragment;

/// What Django's settings module is called.
pub(super) const MODULE: &str = "settings.py";

const UPSTREAM: &str = "from .settings_common import *  # noqa\n";

impl Format for Module {
    fn name(&self) -> &'static str {
        "python"
    }

    fn file_name(&self) -> &'static str {
        MODULE
    }

    fn readers(&self) -> Readers {
        Readers::Django
    }

    fn write(&self, document: &Document) -> Result<Vec<u8>, Vec<Unwritable>> {
        module(document).map(String::into_bytes)
    }

    fn read(&self, bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError> {
        python_read::read(bytes)
    }
}

impl Format for Fragment {
    fn name(&self) -> &'static str {
        "python-fragment"
    }

    fn file_name(&self) -> &'static str {
        "settings_fragment.py"
    }

    fn readers(&self) -> Readers {
        Readers::Django
    }

    fn write(&self, document: &Document) -> Result<Vec<u8>, Vec<Unwritable>> {
        write(document, "").map(String::into_bytes)
    }

    fn read(&self, bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError> {
        python_read::read(bytes)
    }
}

/// The text of the whole module.
pub(super) fn module(document: &Document) -> Result<String, Vec<Unwritable>> {
    write(document, UPSTREAM)
}

/// The text of a module that need not stand beside upstream's.
pub(super) fn standalone(document: &Document) -> Result<String, Vec<Unwritable>> {
    write(document, "from temba.settings_common import *  # noqa\n")
}

fn write(document: &Document, upstream: &str) -> Result<String, Vec<Unwritable>> {
    let lines = each(document, |line| {
        if !is_assignable(line.name) {
            return Err("Python cannot assign to this name");
        }
        let mut imports = BTreeSet::new();
        collect_imports(line.value, &mut imports);
        if imports.iter().any(|import| import.contains('\0') || check_import(import).is_err()) {
            return Err("one of its imports is not one import");
        }
        if line.variable {
            let Filled::String(text) = line.value else { return Err("a variable of the process is a string") };
            imports.insert("import os");
            let (name, value) = (string_literal(line.name), string_literal(text));
            return Ok((imports, format!("os.environ.setdefault({name}, {value})\n")));
        }
        let value = literal(line.value, 0, line.name.len() + " = ".len())?;
        Ok((imports, format!("{} = {value}\n", line.name)))
    })?;
    let imports: BTreeSet<&str> = lines.iter().flat_map(|(imports, _)| imports).copied().collect();
    let imports: String = imports.iter().map(|import| format!("{import}\n")).collect();
    let assignments: String = lines.iter().map(|(_, text)| text.as_str()).collect();
    let parts = [header(document.environment), upstream.to_string(), imports, assignments];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Ok(parts.join("\n"))
}

fn collect_imports<'a>(value: &'a Filled, imports: &mut BTreeSet<&'a str>) {
    match value {
        Filled::Python(python) => imports.extend(python.imports.iter().map(|import| import.trim())),
        Filled::List(items) | Filled::Tuple(items) => items.iter().for_each(|item| collect_imports(item, imports)),
        Filled::Map(entries) | Filled::Update { entries, .. } => {
            entries.iter().for_each(|(_, item)| collect_imports(item, imports));
        }
        Filled::None | Filled::Bool(_) | Filled::Int(_) | Filled::Float(_) | Filled::String(_) => {}
        Filled::Text(never) => match *never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::Line;
    use crate::model::{Python, Service};

    fn check(format: &dyn Format, settings: &[(&str, Filled)], expect: Result<&str, &[(&str, &str)]>) {
        let lines: Vec<_> =
            settings.iter().map(|(name, value)| Line { name, value, variable: false, secret: false }).collect();
        let document = Document { service: Service::Django, environment: "demo", lines: &lines };
        let got = format.write(&document).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        match (got, expect) {
            (Ok(got), Ok(want)) => assert_eq!(got, want),
            (Err(got), Err(want)) => {
                let got: Vec<_> = got.iter().map(|fault| (fault.setting.as_str(), fault.reason)).collect();
                assert_eq!(got, want);
            }
            (got, _) => panic!("{got:?}"),
        }
    }

    fn python(code: &str, import: &str) -> Filled {
        Filled::Python(Python { code: code.to_string(), imports: vec![import.to_string()] })
    }

    const HEADER: &str = "# Written by rpconf from environment demo. Changes made here are lost.\n";

    #[test]
    fn a_module_and_a_fragment() {
        let day = python("timedelta(days=1)", "from datetime import timedelta");
        let settings = [
            ("DEBUG", Filled::Bool(false)),
            ("A", Filled::Map(vec![("b".to_string(), day.clone())])),
            ("B", day),
            ("C", python("os.sep", " import os\n")),
        ];
        let body = "\nfrom datetime import timedelta\nimport os\n\nDEBUG = False\n\
                    A = {\"b\": timedelta(days=1)}\nB = timedelta(days=1)\nC = os.sep\n";
        let upstream = "\nfrom .settings_common import *  # noqa\n";
        check(&Module, &settings, Ok(&format!("{HEADER}{upstream}{body}")));
        check(&Fragment, &settings, Ok(&format!("{HEADER}{body}")));
        check(&Module, &settings[..1], Ok(&format!("{HEADER}{upstream}\nDEBUG = False\n")));
        check(&Fragment, &[], Ok(HEADER));
    }

    #[test]
    fn every_fault_is_told() {
        let settings = [
            ("None", Filled::Int(1)),
            ("A", python("1", "import os; os.abort()")),
            ("B", python("1\nimport os", "import os")),
            ("C", Filled::string("\0")),
            ("D", Filled::Int(1)),
        ];
        let faults = [
            ("None", "Python cannot assign to this name"),
            ("A", "one of its imports is not one import"),
            ("B", "it is not one Python expression"),
            ("C", "a NUL character is in it"),
        ];
        check(&Module, &settings, Err(&faults));
    }
}
