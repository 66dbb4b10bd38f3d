//! Kubernetes manifests: a Secret and a ConfigMap for each service.
//!
//! A Secret has `data` and no `stringData`: `kubectl apply` would leave a key in the cluster that was taken out of
//! `stringData`. Django's whole module is one key of its Secret, and it has no ConfigMap.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::entries::{self, Entry};
use super::{Document, Format, ReadError, Readers, Unwritable, header, yaml};
use crate::model::{Filled, Service, hex};

pub(super) struct Kubernetes;

/// The most that a Secret or a ConfigMap may hold.
const LARGEST: usize = 1 << 20;

impl Format for Kubernetes {
    fn name(&self) -> &'static str {
        "k8s"
    }

    fn file_name(&self) -> &'static str {
        "k8s.yaml"
    }

    fn readers(&self) -> Readers {
        Readers::All
    }

    fn for_containers(&self) -> bool {
        true
    }

    fn write(&self, document: &Document) -> Result<Vec<u8>, Vec<Unwritable>> {
        let (secret, public): (Vec<Entry>, Vec<Entry>) =
            entries::entries(document)?.into_iter().partition(|entry| entry.secret);
        fits(&secret)?;
        // Quoted, as base64 may look like a number or `null`.
        let base64 = |entry: &Entry| yaml::quoted(&STANDARD.encode(&entry.value));
        let mut text = header(document.environment);
        text += &manifest(document, "Secret", &secret, base64);
        if document.service != Service::Django {
            text += "---\n";
            text += &public_manifest(document, &public)?;
        }
        Ok(text.into_bytes())
    }

    fn read(&self, bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError> {
        let mut found = vec![];
        for object in yaml::read(bytes)? {
            let fault = |reason| ReadError { line: object.line(), reason };
            let kind = object.get("kind").ok_or(fault("an object without `kind`"))?.text()?;
            for (key, value) in object.get("data").map(yaml::Node::entries).unwrap_or_default() {
                let fault = |reason| ReadError { line: value.line(), reason };
                let text = match kind {
                    "Secret" => {
                        let bytes = STANDARD.decode(value.text()?).map_err(|_| fault("not base64"))?;
                        String::from_utf8(bytes).map_err(|_| fault("not UTF-8"))?
                    }
                    "ConfigMap" => value.text()?.to_string(),
                    _ => return Err(fault("neither a Secret nor a ConfigMap")),
                };
                found.extend(entries::settings(key, text)?);
            }
        }
        Ok(found)
    }
}

/// The ConfigMap of a document without secrets.
pub(super) fn config_map(document: &Document) -> Result<String, Vec<Unwritable>> {
    public_manifest(document, &entries::entries(document)?)
}

fn public_manifest(document: &Document, entries: &[Entry]) -> Result<String, Vec<Unwritable>> {
    fits(entries)?;
    Ok(manifest(document, "ConfigMap", entries, |entry| yaml::quoted(&entry.value)))
}

fn fits(entries: &[Entry]) -> Result<(), Vec<Unwritable>> {
    let mut size = 0;
    for entry in entries {
        size += entry.key.len() + entry.value.len();
        if size > LARGEST {
            let reason = "with it, there is more than the 1 MiB that a Secret or a ConfigMap may hold";
            return Err(vec![Unwritable { setting: entry.key.clone(), reason }]);
        }
    }
    Ok(())
}

fn manifest(document: &Document, kind: &str, entries: &[Entry], value: impl Fn(&Entry) -> String) -> String {
    let mut text = format!("apiVersion: v1\nkind: {kind}\n");
    text += &metadata(document, &format!("  annotations:\n    rpconf/content: {}\n", yaml::quoted(&digest(entries))));
    if kind == "Secret" {
        text += "type: Opaque\n";
    }
    text + "data:" + &yaml::map(2, entries.iter().map(|entry| (entry.key.as_str(), value(entry))))
}

/// The `metadata` of a service's objects.
pub(super) fn metadata(document: &Document, more: &str) -> String {
    let name = yaml::quoted(&object_name(document.environment, document.service));
    format!("metadata:\n  name: {name}\n{}{more}", labels(document, 2))
}

/// Their `labels`.
pub(super) fn labels(document: &Document, indent: usize) -> String {
    let labels = [
        ("name", document.service.name().to_string()),
        ("instance", yaml::quoted(&slug(document.environment))),
        ("part-of", "rapidpro".to_string()),
        ("managed-by", "rpconf".to_string()),
    ];
    let blank = " ".repeat(indent);
    let lines = labels.map(|(label, value)| format!("{blank}  app.kubernetes.io/{label}: {value}\n"));
    format!("{blank}labels:\n{}", lines.concat())
}

/// The name of a service's objects: two environments may share a namespace.
pub(super) fn object_name(environment: &str, service: Service) -> String {
    format!("{}-{service}", slug(environment))
}

/// A name as a DNS label of at most 49 characters. One that had to be changed gets a part of its digest, so that two
/// names never become one.
pub(super) fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let label: String = name.chars().map(plain).take(40).collect();
    let label = label.trim_matches('-');
    match label {
        _ if label == name && !label.is_empty() => label.to_string(),
        "" => short(name.as_bytes()),
        _ => format!("{label}-{}", short(name.as_bytes())),
    }
}

/// Changes when an entry does, so that a pod template that repeats it rolls out. It stands in the object that holds
/// the entries and nowhere else; as annotations are shown where values are not (`kubectl describe`), it is too short
/// to prove a guess: one in four thousand millions of wrong guesses has the same.
fn digest(entries: &[Entry]) -> String {
    let part = |text: &str| format!("{}:{text}", text.len());
    short(entries.iter().map(|entry| part(&entry.key) + &part(&entry.value)).collect::<String>().as_bytes())
}

/// The beginning of a digest.
pub(super) fn short(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)).chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::Line;

    #[test]
    fn a_secret_and_a_config_map() {
        let (secret, public) = (Filled::string("p:1\n"), Filled::Int(8080));
        let line = |name, value, secret| Line { name, value, variable: false, secret };
        let lines = [line("COURIER_DB", &secret, true), line("COURIER_PORT", &public, false)];
        let document = Document { service: Service::Courier, environment: "Demo_1", lines: &lines };
        let text = String::from_utf8(Kubernetes.write(&document).expect("bytes")).expect("UTF-8");
        let labels = "  labels:\n    app.kubernetes.io/name: courier\n    app.kubernetes.io/instance: \"demo-1-de559182\"\n    \
                      app.kubernetes.io/part-of: rapidpro\n    app.kubernetes.io/managed-by: rpconf\n";
        let object = |kind: &str, digest: &str, rest: &str| {
            format!(
                "apiVersion: v1\nkind: {kind}\nmetadata:\n  name: \"demo-1-de559182-courier\"\n{labels}  annotations:\n    \
                 rpconf/content: \"{digest}\"\n{rest}"
            )
        };
        let secret = object("Secret", "5ecbc428", "type: Opaque\ndata:\n  \"COURIER_DB\": \"cDoxCg==\"\n");
        let public = object("ConfigMap", "1c2f4806", "data:\n  \"COURIER_PORT\": \"8080\"\n");
        let header = "# Written by rpconf from environment Demo_1. Changes made here are lost.\n";
        assert_eq!(text, format!("{header}{secret}---\n{public}"));
    }

    #[test]
    fn names_are_dns_labels_and_never_the_same() {
        let check = |name: &str, expect: &str| assert_eq!(slug(name), expect, "{name:?}");
        check("production", "production");
        check("Production", "production-13a7c655");
        check("-x-", "x-c6cf95e5");
        check("é", "4a99557e");
        check("", "e3b0c442");
        assert_eq!(slug(&"a".repeat(80)).len(), 49);
    }

    #[test]
    fn what_a_cluster_does_not_store_is_refused() {
        let value = Filled::string("x".repeat(100_000));
        let names: Vec<String> = (0..11).map(|at| format!("A{at}")).collect();
        let lines: Vec<Line> =
            names.iter().map(|name| Line { name, value: &value, variable: false, secret: true }).collect();
        let document = Document { service: Service::Courier, environment: "demo", lines: &lines };
        let refused = Kubernetes.write(&document).expect_err("more than 1 MiB");
        assert_eq!(refused.iter().map(|fault| fault.setting.as_str()).collect::<Vec<_>>(), ["A10"]);
    }
}
