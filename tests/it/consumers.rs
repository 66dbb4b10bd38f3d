//! Every format is read back by the programs that read it in production. One that is missing fails its test, with the
//! name of the package to install: a format that nobody proved is not a format.

use std::path::{Path, PathBuf};
use std::process::Command;

use rpconf::emit::{Document, Line, format};
use rpconf::model::{Filled, Python, Service};
use serde_json::{Value, json};

use crate::awkward;

/// Runs a script of `tests/consumers` on a file that holds `values` as A0000, A0001, …, and answers the object that it
/// prints, with the names and values that should be in it. Values that the format refuses are left out.
fn consume(format_name: &str, script: &[&str], values: &[Filled]) -> (Value, Vec<(String, Filled)>) {
    let format = format(format_name).expect("a format");
    let mut kept: Vec<(String, Filled)> =
        values.iter().enumerate().map(|(at, value)| (format!("A{at:04}"), value.clone())).collect();
    let write = |settings: &[(String, Filled)]| {
        let lines: Vec<Line> =
            settings.iter().map(|(name, value)| Line { name, value, variable: false, secret: false }).collect();
        format.write(&Document { service: Service::Django, environment: "demo", lines: &lines })
    };
    let refused = write(&kept).err().unwrap_or_default();
    kept.retain(|(name, _)| refused.iter().all(|fault| fault.setting != *name));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, write(&kept).expect("what is left can be written")).expect("a file");
    (run(script, &file), kept)
}

pub fn run(script: &[&str], file: &Path) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (name, arguments) = script.split_first().expect("a script");
    let done = Command::new(python(root))
        .arg(root.join("tests/consumers").join(name))
        .args(arguments)
        .arg(file)
        .output()
        .expect("Python is missing: install the Debian package python3");
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{name}: {errors}");
    assert_eq!(errors, "", "{name} has something to say");
    serde_json::from_slice(&done.stdout).expect("JSON")
}

/// The Python that has `tests/requirements.txt`.
pub fn python(root: &Path) -> PathBuf {
    let venv = root.join("target/test-venv/bin/python");
    match std::env::var_os("RPCONF_TEST_PYTHON") {
        Some(path) => path.into(),
        None if venv.exists() => venv,
        None => "python3".into(),
    }
}

/// Proves that a consumer gives back every awkward string that the format writes.
fn check(format: &str, script: &[&str], at_least: usize) {
    let strings = [awkward::strings(), awkward::many_strings()].concat();
    let strings: Vec<Filled> = strings.into_iter().map(Filled::String).collect();
    let (read, kept) = consume(format, script, &strings);
    assert!(kept.len() >= at_least, "{format} refuses more than it did: {} of {} written", kept.len(), strings.len());
    for (name, value) in &kept {
        let Filled::String(text) = value else { continue };
        assert!(read[name] == json!(text), "{script:?} reads {name} of {format} otherwise: {:.80?}", text);
    }
}

#[test]
fn systemd_reads_its_environment_file() {
    check("systemd", &["systemd.py"], 700);
}

#[test]
fn bash_sources_the_same_file() {
    check("systemd", &["shell.py", "bash"], 700);
}

#[test]
fn dash_sources_the_same_file() {
    check("systemd", &["shell.py", "dash"], 700);
}

#[test]
fn bash_sources_export_lines() {
    check("shell", &["shell.py", "bash"], 900);
}

#[test]
fn dash_sources_export_lines() {
    check("shell", &["shell.py", "dash"], 900);
}

#[test]
fn docker_reads_its_env_file() {
    check("docker", &["docker.py"], 800);
}

#[test]
fn node_reads_dotenv() {
    check("dotenv", &["node.py"], 700);
}

#[test]
fn python_dotenv_reads_dotenv() {
    check("dotenv", &["python_dotenv.py"], 700);
}

#[test]
fn bash_and_dash_source_dotenv() {
    check("dotenv", &["shell.py", "bash"], 700);
    check("dotenv", &["shell.py", "dash"], 700);
}

#[test]
fn python_imports_the_settings_module() {
    let python =
        |code: &str, import: &str| Filled::Python(Python { code: code.to_string(), imports: vec![import.to_string()] });
    let map = Filled::Map(vec![("it's".to_string(), Filled::Tuple(vec![Filled::Int(-1), Filled::Float(-0.5)]))]);
    let mut values: Vec<Filled> = awkward::strings().into_iter().map(Filled::String).collect();
    values.extend([
        Filled::None,
        Filled::Bool(true),
        Filled::Int(i64::MIN),
        Filled::Float(1e300),
        Filled::Tuple(vec![map.clone()]),
        Filled::List(vec![Filled::List(vec![]), map.clone(), Filled::string("x".repeat(100)), Filled::None]),
        map,
    ]);
    for format in ["python", "python-fragment"] {
        let (read, kept) = consume(format, &["python.py"], &values);
        assert_eq!(read.get("UPSTREAM").is_some(), format == "python");
        for (name, value) in &kept {
            assert!(read[name] == typed(value), "{name} of {format}");
        }
    }
    let expressions = [
        python("timedelta(days=14).days  # a fortnight", "from datetime import timedelta"),
        python("1, 2", "import os"),
        python("[\n    n  # c\n    for n in (os.sep,)\n]", "import os"),
    ];
    let (read, _) =
        consume("python", &["python.py"], &[expressions.to_vec(), vec![Filled::List(expressions.to_vec())]].concat());
    let values = [json!(["int", 14]), json!(["tuple", [["int", 1], ["int", 2]]]), json!(["list", [["str", "/"]]])];
    assert_eq!([&read["A0000"], &read["A0001"], &read["A0002"]], [&values[0], &values[1], &values[2]]);
    assert_eq!(read["A0003"], json!(["list", values]));
}

/// A value as `python.py` prints it.
fn typed(value: &Filled) -> Value {
    let items = |items: &[Filled]| items.iter().map(typed).collect::<Vec<_>>();
    match value {
        Filled::None => json!(["NoneType", null]),
        Filled::Bool(b) => json!(["bool", b]),
        Filled::Int(n) => json!(["int", n]),
        // Python's repr writes an exponent with its sign.
        Filled::Float(n) => json!(["float", format!("{n:?}").replace("e3", "e+3")]),
        Filled::String(text) => json!(["str", text]),
        Filled::List(list) => json!(["list", items(list)]),
        Filled::Tuple(tuple) => json!(["tuple", items(tuple)]),
        Filled::Map(entries) => {
            json!(["dict", entries.iter().map(|(key, item)| json!([["str", key], typed(item)])).collect::<Vec<_>>()])
        }
        Filled::Python(_) | Filled::Update { .. } => Value::Null,
        Filled::Text(never) => match *never {},
    }
}
