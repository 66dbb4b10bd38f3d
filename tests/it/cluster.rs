//! Manifests, read by kubectl and held against the schemas of Kubernetes and of External Secrets.

use rpconf::emit::{Document, Line, format};
use rpconf::model::{Filled, Service};
use serde_json::{Value, json};

use crate::awkward;
use crate::consumers::run;

/// Writes settings as manifests and has a script read them.
fn consume(script: &[&str], service: Service, settings: &[(String, Filled)]) -> Value {
    let lines: Vec<Line> = settings
        .iter()
        .enumerate()
        .map(|(at, (name, value))| Line { name, value, variable: false, secret: at % 2 == 0 })
        .collect();
    let document = Document { service, environment: "demo", lines: &lines };
    let bytes = format("k8s").expect("a format").write(&document).expect("what a cluster stores");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("k8s.yaml");
    std::fs::write(&file, bytes).expect("a file");
    run(script, &file)
}

fn settings() -> Vec<(String, Filled)> {
    let strings = [awkward::strings(), awkward::many_strings()].concat();
    let kept = strings.into_iter().filter(|text| text.len() < 1000 && !text.contains('\0'));
    kept.enumerate().map(|(at, text)| (format!("A{at:04}"), Filled::String(text))).collect()
}

#[test]
fn kubectl_reads_every_value() {
    let settings = settings();
    assert!(settings.len() > 800, "{}", settings.len());
    let read = consume(&["kubectl.py"], Service::Courier, &settings);
    for (name, value) in &settings {
        let Filled::String(text) = value else { continue };
        assert!(read[name] == json!(text), "kubectl reads {name} otherwise: {text:.80?}");
    }
}

#[test]
fn keys_are_no_booleans_and_no_numbers() {
    let names = ["NO", "Y", "ON", "NULL", "_1", "E1"];
    let settings: Vec<_> = names.iter().map(|name| (name.to_string(), Filled::string("true"))).collect();
    let read = consume(&["kubectl.py"], Service::Courier, &settings);
    assert!(names.iter().all(|name| read[name] == json!("true")), "{read}");
}

#[test]
fn manifests_are_what_kubernetes_knows() {
    for service in Service::ALL {
        let read = consume(&["kubernetes_schema.py"], service, &settings());
        let kinds = if service == Service::Django { json!(["Secret"]) } else { json!(["Secret", "ConfigMap"]) };
        assert_eq!(read, kinds, "{service}");
    }
}
