//! Laws of the whole pipeline, in process: what the vault holds is what every consumer reads, and no text breaks it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use rpconf::Target;
use rpconf::diag::{Notes, SourceMap};
use rpconf::emit;
use rpconf::model::{Filled, Plan};
use rpconf::render::Selection;
use rpconf::report::{self, Format, Look};
use rpconf::source::{FileError, Files};
use rpconf::vault::{FileVault, Lock, Names, file};
use url::Url;

use crate::awkward::any_string;

const BASE: &str = include_str!("../../env/base.yml");
const DEMO: &str = include_str!("../../env/demo.yml");
const VAULT: &str = include_str!("../../env/demo.vault.yml");
const TEMPLATE: &str = include_str!("../../templates/nginx-upstreams.conf.j2");

/// The demo's files, with another document.
struct Memory(String);

impl Files for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        match path {
            "env/demo.yml" => Ok(self.0.clone().into_bytes()),
            "env/base.yml" => Ok(BASE.into()),
            "templates/nginx-upstreams.conf.j2" => Ok(TEMPLATE.into()),
            _ => Err(FileError::NotFound),
        }
    }
}

fn check(document: &str) -> (Option<Plan>, SourceMap, Notes) {
    let target = Target { environment: "demo".into(), path: "env/demo.yml".into(), containers: false };
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let plan = rpconf::compile(&target, &Memory(document.into()), &mut map, &mut notes);
    (plan, map, notes)
}

/// Files by path; none where something was refused.
type Rendered = Option<BTreeMap<String, Vec<u8>>>;

fn render(plan: &Plan, vault: &str, format: Option<&str>) -> (Rendered, Notes) {
    let vault = FileVault::new(file::parse("demo.vault.yml", vault, false).expect("a vault"));
    let answers = now(rpconf::fetch(&[plan], &vault, &Lock::default(), Names::Learn)).expect("answers");
    let mut notes = Notes::default();
    let selection = Selection { format: format.map(str::to_string), ..Selection::default() };
    let outputs = rpconf::render(plan, &answers, &selection, &mut notes);
    let files = outputs.into_iter().map(|out| (out.path.display().to_string(), out.content.expose().clone()));
    (if notes.failed() { None } else { Some(files.collect()) }, notes)
}

/// A file vault answers at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a file vault waits"),
    }
}

/// The demo's vault with other values for the database's user, and for every password.
fn vault(user: &str, password: &str) -> String {
    let escaped = |c: char| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("\\U{:08x}", u32::from(c)) };
    let quoted = |text: &str| format!("\"{}\"", text.chars().map(escaped).collect::<String>());
    let lines = VAULT.lines().map(|line| {
        let value = match line {
            line if line.contains("id: username") => user,
            line if line.contains("id: password") && line.contains("FAKE p@ss") => password,
            line if line.contains("FAKE-redis") || line.contains("FAKE-smtp") => password,
            line => return line.to_string(),
        };
        let (head, tail) = line.split_once("value: ").expect("a value");
        let close = tail.len() - tail.trim_end_matches(['}', ']']).len();
        format!("{head}value: {}{}", quoted(value), &tail[tail.len() - close..])
    });
    lines.map(|line| line + "\n").collect()
}

fn read(files: &BTreeMap<String, Vec<u8>>, path: &str, format: &str) -> BTreeMap<String, Filled> {
    let bytes = files.get(path).unwrap_or_else(|| panic!("no {path} among {:?}", files.keys()));
    emit::format(format).expect("a format").read(bytes).expect("what can be read").into_iter().collect()
}

fn text<'a>(settings: &'a BTreeMap<String, Filled>, name: &str) -> &'a str {
    match settings.get(name) {
        Some(Filled::String(text)) => text,
        other => panic!("{name} is {other:?}"),
    }
}

/// A URL's user, password, host, port and path, as its reader decodes them.
fn parts(url: &str) -> (String, String, String, Option<u16>, String) {
    let url = Url::parse(url).expect("a URL");
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().expect("UTF-8").into_owned();
    let host = url.host_str().unwrap_or_default().to_string();
    (decoded(url.username()), decoded(url.password().unwrap_or_default()), host, url.port(), decoded(url.path()))
}

fn at<'a>(value: &'a Filled, path: &[&str]) -> &'a Filled {
    path.iter().fold(value, |value, key| match value {
        Filled::Map(entries) => &entries.iter().find(|(name, _)| name == key).expect("an entry").1,
        other => panic!("{key} of {other:?}"),
    })
}

/// Any string that a vault's field can hold and a service can be told: not empty, and without NUL.
fn secret() -> impl Strategy<Value = String> {
    any_string().prop_map(|text| text.replace('\0', "")).prop_filter("it is empty", |text| !text.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_password_arrives_everywhere_as_it_is(user in secret(), password in secret()) {
        let (plan, _, notes) = check(DEMO);
        prop_assert!(!notes.failed());
        let plan = plan.expect("a plan");
        let vault = vault(&user, &password);
        let (files, notes) = render(&plan, &vault, None);
        let files = files.unwrap_or_else(|| panic!("{notes:?}"));
        let (again, _) = render(&plan, &vault, None);
        prop_assert_eq!(Some(&files), again.as_ref(), "two renders differ");

        let (typed, _) = render(&plan, &vault, Some("json"));
        let typed = typed.expect("JSON");
        for service in ["courier", "mailroom", "archiver", "indexer"] {
            let settings = read(&files, &format!("worker/{service}/environment"), "systemd");
            let json = read(&typed, &format!("worker/{service}/settings.json"), "json");
            for (name, value) in &json {
                // An environment has strings only.
                if let Filled::String(value) = value {
                    prop_assert_eq!(text(&settings, name), value);
                }
            }
            prop_assert_eq!(settings.len(), json.len());
            let dsn = settings.keys().find(|name| name.ends_with("_DB")).expect("a database");
            let expect = (user.clone(), password.clone(), "postgres.demo.internal".into(), Some(5432), "/rapidpro".into());
            prop_assert_eq!(parts(text(&settings, dsn)), expect);
        }
        let mailroom = read(&files, "worker/mailroom/environment", "systemd");
        let redis = (String::new(), password.clone(), "redis.demo.internal".into(), Some(6379), "/15".into());
        prop_assert_eq!(parts(text(&mailroom, "MAILROOM_REDIS")), redis);
        let smtp = (user.clone(), password.clone(), "smtp.demo.internal".into(), Some(587), "/".into());
        prop_assert_eq!(parts(text(&mailroom, "MAILROOM_SMTP_SERVER")), smtp);

        let django = read(&files, "web/django/settings.py", "python");
        let password = Filled::string(&password);
        for (setting, path) in [
            ("DATABASES", &["default", "PASSWORD"][..]),
            ("DATABASES", &["readonly", "PASSWORD"]),
            ("CACHES", &["default", "OPTIONS", "PASSWORD"]),
            ("EMAIL_HOST_PASSWORD", &[]),
        ] {
            prop_assert_eq!(at(&django[setting], path), &password, "{}", setting);
        }
        prop_assert_eq!(at(&django["DATABASES"], &["default", "USER"]), &Filled::string(&user));
    }

}

proptest! {
    #[test]
    fn no_document_panics(changes in proptest::collection::vec(change(), 1..6)) {
        let mut lines: Vec<String> = DEMO.lines().chain(BASE.lines()).map(str::to_string).collect();
        changes.iter().for_each(|change| change.apply(&mut lines));
        let document = lines.join("\n");
        let (plan, map, notes) = check(&document);
        for format in [Format::Human, Format::Json, Format::Sarif, Format::Github] {
            report::render(format, &notes, &map, &Look::default());
        }
        if let Some(plan) = plan.filter(|_| !notes.failed()) {
            let (_, notes) = render(&plan, VAULT, None);
            report::render(Format::Human, &notes, &map, &Look::default());
        }
    }
}

/// What happens to a document's lines.
#[derive(Debug, Clone)]
pub enum Change {
    Delete(prop::sample::Index),
    Duplicate(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    Indent(prop::sample::Index, usize),
    Cut(prop::sample::Index, prop::sample::Index),
    Insert(prop::sample::Index, prop::sample::Index, String),
}

pub fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "&a ",
        "*a",
        "!!str ",
        "'",
        "\"",
        "#",
        "|\n",
        "{{ ",
        " }}",
        "{{ domain }}",
        "{{ op('op://a/b/c') }}",
        "op://",
        "op://Demo/Postgres/password",
        "null",
        "~",
        "\t",
        "\u{0}",
        "\u{feff}",
        "é",
        "{ref: {vault: a, item: b, field: c}, optional: true}",
        "{python: 'x'}",
        "1Password:Vault:a:b",
        "99999999999999999999",
        "<<: *a",
        "extends: demo",
        "release: \"26.2\"",
        "placement: containers",
        "? ",
        "---\n",
        "\r\n",
        "%",
        "@",
        "services.",
    ]);
    prop_oneof![
        index().prop_map(Change::Delete),
        index().prop_map(Change::Duplicate),
        (index(), index()).prop_map(|(a, b)| Change::Swap(a, b)),
        (index(), 0..7usize).prop_map(|(at, by)| Change::Indent(at, by)),
        (index(), index()).prop_map(|(at, to)| Change::Cut(at, to)),
        (index(), index(), piece.prop_map(str::to_string)).prop_map(|(at, to, text)| Change::Insert(at, to, text)),
        (index(), index(), any_string()).prop_map(|(at, to, text)| Change::Insert(at, to, text)),
    ]
}

impl Change {
    /// Makes the change.
    pub fn apply(&self, lines: &mut Vec<String>) {
        if lines.is_empty() {
            return;
        }
        let line = |at: &prop::sample::Index| at.index(lines.len());
        match self {
            Change::Delete(at) => drop(lines.remove(line(at))),
            Change::Duplicate(at) => lines.insert(line(at), lines[line(at)].clone()),
            Change::Swap(a, b) => {
                let (a, b) = (line(a), line(b));
                lines.swap(a, b);
            }
            Change::Indent(at, by) => {
                let at = line(at);
                lines[at] = format!("{}{}", " ".repeat(*by), lines[at].trim_start());
            }
            Change::Cut(at, to) => {
                let at = line(at);
                let end = place(&lines[at], to);
                lines[at].truncate(end);
            }
            Change::Insert(at, to, text) => {
                let at = line(at);
                let to = place(&lines[at], to);
                lines[at].insert_str(to, text);
            }
        }
    }
}

/// A place between two characters of a line.
fn place(line: &str, at: &prop::sample::Index) -> usize {
    let places: Vec<usize> = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
    *at.get(&places)
}
