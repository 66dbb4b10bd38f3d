//! The laws of every format: what was written comes back, or is refused by name and never by value.

use proptest::prelude::*;

use super::json::value as to_json;
use super::text::text;
use super::*;

#[path = "../../tests/it/awkward.rs"]
mod awkward;

/// What a format's reader must give back for a value.
fn expected(format: &dyn Format, service: Service, value: &Filled) -> Filled {
    match (format.name(), service) {
        ("python" | "python-fragment", _) | ("k8s" | "ansible-vars", Service::Django) => value.clone(),
        ("json", Service::Django) => list_for_tuple(value),
        _ => Filled::String(text(value, service).expect("a value that was written")),
    }
}

fn list_for_tuple(value: &Filled) -> Filled {
    match value {
        Filled::List(items) | Filled::Tuple(items) => Filled::List(items.iter().map(list_for_tuple).collect()),
        Filled::Map(entries) => {
            Filled::Map(entries.iter().map(|(key, item)| (key.clone(), list_for_tuple(item))).collect())
        }
        _ => value.clone(),
    }
}

fn line<'a>(name: &'a str, value: &'a Filled, secret: bool) -> Line<'a> {
    Line { name, value, variable: false, secret }
}

/// Writes the values as A0, A1, … and reads them back. Answers which were refused, and why.
fn check(format: &dyn Format, service: Service, values: &[Filled]) -> Vec<(usize, &'static str)> {
    let names: Vec<String> = (0..values.len()).map(|at| format!("A{at:04}")).collect();
    let lines: Vec<Line> =
        names.iter().zip(values).enumerate().map(|(at, (name, value))| line(name, value, at % 2 == 0)).collect();
    let document = |lines| Document { service, environment: "demo", lines };
    let refused = format.write(&document(&lines)).err().unwrap_or_default();
    let kept: Vec<Line> =
        lines.iter().filter(|line| refused.iter().all(|fault| fault.setting != line.name)).copied().collect();
    let bytes = format.write(&document(&kept)).expect("what is left can be written");
    assert_eq!(bytes, format.write(&document(&kept)).expect("again"), "{}: not the same bytes", format.name());
    let mut read = format.read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", format.name()));
    // Where secrets stand apart, they come first.
    read.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert_eq!(read.len(), kept.len(), "{}", format.name());
    for (line, (name, value)) in kept.iter().zip(&read) {
        let same = *value == expected(format, service, line.value);
        assert!(same && name == line.name, "{}: {name} is not what was written", format.name());
    }
    let at = |name: &str| names.iter().position(|n| n == name).expect("a name that was given");
    refused.iter().map(|fault| (at(&fault.setting), fault.reason)).collect()
}

fn strings() -> Vec<String> {
    [awkward::strings(), awkward::many_strings()].concat()
}

fn awkward() -> Vec<Filled> {
    strings().into_iter().map(Filled::String).collect()
}

/// What a format has to refuse among strings, and no more than that.
fn must_refuse(format: &str, service: Service, text: &str) -> Option<bool> {
    let module = service == Service::Django && ["k8s", "ansible-vars"].contains(&format);
    let python_or_json = module || ["python", "python-fragment", "json"].contains(&format);
    let too_long = !python_or_json && text.len() > if format == "docker" { 65_529 } else { 131_065 };
    let own = match format {
        "systemd" => text.contains(['\u{fdd0}', '\u{ffff}', '\u{10ffff}']),
        "docker" => text.contains('\n') || text.ends_with('\r'),
        // Its own tests say what the dialects agree on.
        "dotenv" => return None,
        _ => false,
    };
    Some(own || too_long || text.contains('\0'))
}

#[test]
fn every_format_gives_back_what_it_wrote() {
    for format in FORMATS {
        for service in [Service::Django, Service::Courier] {
            let refused = check(*format, service, &awkward());
            for (at, text) in strings().iter().enumerate() {
                let is = refused.iter().any(|(refused, _)| *refused == at);
                let must = must_refuse(format.name(), service, text).unwrap_or(is);
                assert_eq!(is, must, "{} refuses {:?}", format.name(), text.chars().take(80).collect::<String>());
            }
        }
    }
}

#[test]
fn every_value_alone_is_read_as_among_others() {
    for format in FORMATS {
        for value in awkward::strings().into_iter().map(Filled::String) {
            check(*format, Service::Courier, std::slice::from_ref(&value));
        }
    }
}

#[test]
fn typed_values_come_back_where_the_format_has_types() {
    let map = Filled::Map(vec![("it's".to_string(), Filled::Tuple(vec![Filled::Int(-1), Filled::Float(-0.5)]))]);
    let values = [
        Filled::None,
        Filled::Bool(false),
        Filled::Int(i64::MIN),
        Filled::Int(i64::MAX),
        Filled::Float(1.0),
        Filled::Float(1e-7),
        Filled::List(awkward().into_iter().filter(|value| !has_nul(value)).collect()),
        Filled::Tuple(vec![Filled::Tuple(vec![]), map.clone()]),
        Filled::Map(vec![("a".to_string(), Filled::List(vec![map.clone(), Filled::None])), ("b".to_string(), map)]),
    ];
    for name in ["python", "python-fragment", "json"] {
        let format = format(name).expect("a format");
        assert_eq!(check(format, Service::Django, &values), vec![]);
    }
}

#[test]
fn what_systemd_reads_a_shell_reads_alike() {
    let [systemd, shell] = ["systemd", "shell"].map(|name| format(name).expect("a format"));
    let values: Vec<_> = awkward().into_iter().filter(|value| to_json(value).is_ok()).collect();
    let refused = check(systemd, Service::Courier, &values);
    let names: Vec<String> = (0..values.len()).map(|at| format!("A{at}")).collect();
    let lines: Vec<Line> = names.iter().zip(&values).map(|(name, value)| line(name, value, false)).collect();
    let lines: Vec<Line> =
        lines.into_iter().enumerate().filter(|(at, _)| refused.iter().all(|(r, _)| r != at)).map(|(_, l)| l).collect();
    let document = Document { service: Service::Courier, environment: "demo", lines: &lines };
    let bytes = systemd.write(&document).expect("bytes");
    assert!(systemd.read(&bytes).expect("as systemd") == shell.read(&bytes).expect("as a shell"));
}

#[test]
fn names_that_no_environment_has_are_refused() {
    let value = Filled::string("x");
    for format in FORMATS.iter().filter(|format| format.name() != "json") {
        for name in ["", "1A", "A-B", "A.B", "A B", "A=B", "É", "A\nB"] {
            let lines = [line(name, &value, false)];
            let document = Document { service: Service::Courier, environment: "demo", lines: &lines };
            assert!(format.write(&document).is_err(), "{} {name:?}", format.name());
        }
    }
}

#[test]
fn the_first_line_stays_one_comment() {
    for format in FORMATS.iter().filter(|format| format.name() != "json") {
        for environment in ["a\nB=1", "a\\", "a\r\u{2028}b", "'", "\u{feff}"] {
            let document = Document { service: Service::Django, environment, lines: &[] };
            let bytes = format.write(&document).expect("bytes");
            assert!(format.read(&bytes).expect("a comment").is_empty(), "{}", format.name());
        }
    }
}

#[test]
fn formats_have_their_own_names_and_files() {
    let files: std::collections::BTreeSet<_> = FORMATS.iter().map(|format| format.file_name()).collect();
    assert_eq!(files.len(), FORMATS.len());
    for one in FORMATS {
        assert_eq!(format(one.name()).map(|format| format.file_name()), Some(one.file_name()));
    }
    assert!(format("yaml").is_none());
}

#[test]
fn a_refusal_never_holds_the_value() {
    let fault = Unwritable { setting: "A".to_string(), reason: "a NUL character is in it" };
    assert_eq!(fault.to_string(), "`A` cannot be written: a NUL character is in it");
    let strings = awkward::strings();
    let values: Vec<Filled> = strings.iter().map(Filled::string).collect();
    for format in FORMATS {
        for (at, reason) in check(*format, Service::Courier, &values) {
            let text = &strings[at];
            assert!(text.len() < 4 || !reason.contains(text.as_str()), "{}: {reason}", format.name());
        }
    }
}

fn any_value() -> impl Strategy<Value = Filled> {
    let leaf = prop_oneof![
        Just(Filled::None),
        any::<bool>().prop_map(Filled::Bool),
        any::<i64>().prop_map(Filled::Int),
        any::<i16>().prop_map(|n| Filled::Float(f64::from(n) / 64.0)),
        awkward::any_string().prop_map(Filled::String),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let unique = |entries: std::collections::BTreeMap<String, Filled>| Filled::Map(entries.into_iter().collect());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Filled::List),
            prop::collection::vec(inner.clone(), 0..6).prop_map(Filled::Tuple),
            prop::collection::btree_map(awkward::any_string(), inner, 0..6).prop_map(unique),
        ]
    })
}

proptest! {
    #[test]
    fn any_strings_come_back(values in prop::collection::vec(awkward::any_string().prop_map(Filled::String), 1..6)) {
        for format in FORMATS {
            check(*format, Service::Courier, &values);
        }
    }

    #[test]
    fn any_values_come_back(values in prop::collection::vec(any_value(), 1..4)) {
        for format in FORMATS {
            check(*format, Service::Django, &values);
            check(*format, Service::Mailroom, &values);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), text in awkward::any_string()) {
        for format in FORMATS {
            let _ = format.read(&bytes);
            let _ = format.read(text.as_bytes());
            let _ = format.read(format!("A={text}").as_bytes());
        }
    }
}
