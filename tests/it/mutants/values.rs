//! Values that a person gets wrong, by what each value is: addresses, names, numbers, switches, references.

use rpconf::model::document::DOCUMENT;
use rpconf::model::shape::{Leaf, Shape};
use rpconf::source::Typed;

use super::Mutant;
use super::document::{Document, Spot};
use super::letters::swapped;

/// What is done to a text, and what it is called; no answer where it does not fit.
type Change = (&'static str, fn(&str) -> Option<String>);

pub fn break_in(document: &Document, found: &mut Vec<Mutant>) {
    for (spot, scalar) in document.scalars() {
        let text = scalar.text.as_str();
        let changes: &[Change] = match DOCUMENT.at(&spot.plain) {
            _ if document.unread(spot) => continue,
            _ if text.starts_with("op://") => REFERENCE,
            _ if spot.plain == "release" || spot.plain.ends_with(".python") => continue,
            _ if text.contains("://") => URL,
            Some(Shape::Leaf(Leaf::Host)) => HOST,
            _ if spot.plain.contains("DOMAIN") && text.contains('.') => HOST,
            _ if ["EMAIL_HOST", "HOSTNAME", "REDIS_HOST", "HOST"].iter().any(|end| spot.plain.ends_with(end)) => HOST,
            _ if spot.plain.ends_with("ADDRESS") => HOST,
            _ if spot.plain.to_lowercase().ends_with("region") || spot.plain.contains("REGION_NAME") => REGION,
            _ if bucket(spot) => BUCKET,
            _ if spot.plain.ends_with("sslmode") => SSLMODE,
            _ if spot.plain.ends_with("port") || spot.plain.ends_with("PORT") => PORT,
            _ if text.contains('@') => MAIL,
            _ if scalar.typed == Typed::String => continue,
            _ if matches!(scalar.typed, Typed::Bool(_)) => SWITCH,
            _ => NUMBER,
        };
        for (kind, change) in changes {
            if let Some(changed) = change(text).filter(|changed| changed != text) {
                found.push(document.write(spot, kind, &quoted(&changed)));
            }
        }
        if text.contains("{{") {
            templates(document, spot, found);
        }
    }
}

/// As YAML: in quotes where it needs them; `raw:` says that it stands as it is.
fn quoted(text: &str) -> String {
    match text.strip_prefix("raw:") {
        Some(raw) => raw.to_string(),
        None => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

fn bucket(spot: &Spot) -> bool {
    let name = spot.plain.rsplit('.').next().unwrap_or_default();
    spot.plain.contains("s3.buckets.")
        || name.ends_with("BUCKET")
        || name.ends_with("BUCKET_NAME")
        || name == "bucket_name"
}

fn replaced(text: &str, old: &str, new: &str) -> Option<String> {
    text.contains(old).then(|| text.replacen(old, new, 1))
}

/// The text with the number behind its last colon, a port, turned into another one.
fn port(text: &str, change: impl Fn(&str) -> String) -> Option<String> {
    let (before, rest) = text.rsplit_once(':')?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (end > 1).then(|| format!("{before}:{}{}", change(&rest[..end]), &rest[end..]))
}

fn turned(number: &str) -> String {
    let mut digits: Vec<char> = number.chars().collect();
    if let Some(at) = (0..digits.len().saturating_sub(1)).rev().find(|at| digits[*at] != digits[at + 1]) {
        digits.swap(at, at + 1);
    }
    digits.into_iter().collect()
}

fn host(text: &str, change: impl Fn(&str) -> String) -> Option<String> {
    let start = text.rfind('@').or_else(|| text.find("://").map(|at| at + 2))? + 1;
    let end = start + text[start..].find([':', '/', '?']).unwrap_or(text.len() - start);
    (end > start).then(|| format!("{}{}{}", &text[..start], change(&text[start..end]), &text[end..]))
}

const URL: &[Change] = &[
    ("scheme missing", |text| Some(text.split_once("://")?.1.to_string())),
    ("scheme misspelt", |text| {
        Some(format!("{}://{}", swapped(text.split_once("://")?.0, 0), text.split_once("://")?.1))
    }),
    ("scheme twice", |text| Some(format!("{}://{text}", text.split_once("://")?.0))),
    ("one slash", |text| replaced(text, "://", ":/")),
    ("no colon", |text| replaced(text, "://", "//")),
    ("http for https", |text| replaced(text, "https://", "http://")),
    ("https for http", |text| replaced(text, "http://", "https://")),
    ("another scheme", |text| replaced(text, "redis://", "rediss://")),
    ("another scheme", |text| replaced(text, "postgres://", "postgresql://")),
    ("another scheme", |text| replaced(text, "valkey://", "redis://")),
    ("another scheme", |text| replaced(text, "smtp://", "smtps://")),
    ("port's digits swapped", |text| port(text, turned)),
    ("port's digit missing", |text| port(text, |port| port[..port.len() - 1].to_string())),
    ("port missing", |text| {
        port(text, |_| "!".to_string()).map(|text| text.replace(":!", "")).filter(|text| text.starts_with("http"))
    }),
    ("port twice", |text| port(text, |port| format!("{port}:{port}"))),
    ("port of letters", |text| port(text, |_| "port".to_string())),
    ("port out of range", |text| port(text, |port| format!("{port}0"))),
    ("database number", |text| replaced(text, ":6379/15", ":6379/5")),
    ("database number missing", |text| replaced(text, ":6379/15", ":6379")),
    ("database number out of range", |text| replaced(text, ":6379/15", ":6379/155")),
    ("sslmode another", |text| replaced(text, "sslmode=require", "sslmode=disable")),
    ("sslmode another", |text| replaced(text, "sslmode=require", "sslmode=prefer")),
    ("sslmode misspelt", |text| replaced(text, "sslmode=require", "sslmode=requires")),
    ("sslmode's name misspelt", |text| replaced(text, "sslmode=", "ssl_mode=")),
    ("sslmode missing", |text| replaced(text, "?sslmode=require", "")),
    ("database's name", |text| replaced(text, "/rapidpro?", "/rapidpr?")),
    ("database missing", |text| replaced(text, "/rapidpro?", "/?")),
    ("user another", |text| replaced(text, "://rapidpro:", "://postgres:")),
    ("password missing", |text| Some(format!("{}{}", &text[..text.rfind(":{{")?], &text[text.rfind("}}@")? + 2..]))),
    ("not encoded", |text| replaced(text, " | urlencode", "")),
    ("sender missing", |text| text.find("?from=").map(|at| text[..at].to_string())),
    ("sender of another form", |text| replaced(text, "?from=rapidpro%40medicmobile.org", "?from=RapidPro")),
    ("letter in the host", |text| host(text, |host| swapped(host, 2))),
    ("blank in the host", |text| host(text, |host| format!("{host} "))),
    ("bucket in front", |text| replaced(text, "://s3.", "://medic-rapidpro-media.s3.")),
    ("bucket behind", |text| text.contains("://s3.").then(|| format!("{text}/medic-rapidpro-media"))),
    ("another region", |text| replaced(text, "eu-west-2", "eu-west-1")),
    ("localhost", |text| host(text, |_| "localhost".to_string())),
    ("path behind", |text| text.starts_with("http://10").then(|| format!("{text}/mr/"))),
    ("comma behind", |text| Some(format!("{text},"))),
    ("blank in front", |text| Some(format!(" {text}"))),
    ("quotes inside", |text| Some(format!("'{text}'"))),
];

const HOST: &[Change] = &[
    ("scheme", |text| Some(format!("https://{text}"))),
    ("slash behind", |text| Some(format!("{text}/"))),
    ("port behind", |text| Some(format!("{text}:8080"))),
    ("comma behind", |text| Some(format!("{text},"))),
    ("raw comma", |text| (!text.contains('{')).then(|| format!("raw:{text} ,"))),
    ("quotes inside", |text| Some(format!("'{text}'"))),
    ("blank inside", |text| replaced(text, ".", " .")),
    ("dot twice", |text| replaced(text, ".", "..")),
    ("comma for dot", |text| replaced(text, ".", ",")),
    ("dot in front", |text| Some(format!(".{text}"))),
    ("octet missing", |text| {
        text.starts_with(|c: char| c.is_ascii_digit()).then(|| text[..text.rfind('.')?].to_string().into()).flatten()
    }),
    ("octet too large", |text| {
        text.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("{}.333", &text[..text.rfind('.').unwrap_or(0)]))
    }),
    ("every interface", |text| text.starts_with("10.").then(|| "0.0.0.0".to_string())),
    ("localhost", |text| text.starts_with("10.").then(|| "localhost".to_string())),
    ("another machine's", |text| {
        text.starts_with("10.")
            .then(|| if text.ends_with(".10") { text.replace(".10", ".11") } else { text.replace(".11", ".10") })
    }),
    ("range", |text| text.starts_with("10.").then(|| format!("{text}/24"))),
    ("mail address", |text| text.starts_with("smtp").then(|| "ops@gmail.com".to_string())),
    ("mail domain", |text| replaced(text, "smtp.gmail.com", "gmail.com")),
    ("placeholder", |_| Some("internal_ip".to_string())),
    ("placeholder", |_| Some("<hidden>".to_string())),
    ("empty", |_| Some(String::new())),
];

const REGION: &[Change] = &[
    ("zone", |text| Some(format!("{text}a"))),
    ("letters swapped", |text| Some(swapped(text, 3))),
    ("letter dropped", |text| replaced(text, "west", "wst")),
    ("digit missing", |text| Some(text[..text.len() - 2].to_string())),
    ("dash missing", |text| replaced(text, "-", "")),
    ("underscores", |text| Some(text.replace('-', "_"))),
    ("upper case", |text| Some(text.to_uppercase())),
    ("no such region", |text| Some(format!("{}9", &text[..text.len() - 1]))),
    ("blank behind", |text| Some(format!("{text} "))),
    ("place's name", |_| Some("London".to_string())),
];

const BUCKET: &[Change] = &[
    ("scheme", |text| Some(format!("s3://{text}"))),
    ("slash behind", |text| Some(format!("{text}/"))),
    ("upper case", |text| Some(text.to_uppercase())),
    ("underscores", |text| Some(text.replace('-', "_"))),
    ("host", |text| Some(format!("{text}.s3.amazonaws.com"))),
    ("resource name", |text| Some(format!("arn:aws:s3:::{text}"))),
    ("blank inside", |text| replaced(text, "-", " ")),
    ("comma behind", |text| Some(format!("{text},"))),
    ("letters swapped", |text| Some(swapped(text, 6))),
    ("upstream's", |_| Some("temba-attachments".to_string())),
    ("placeholder", |_| Some("xxxxxx".to_string())),
    ("empty", |_| Some(String::new())),
];

const SSLMODE: &[Change] = &[
    ("word misspelt", |text| Some(format!("{text}d"))),
    ("letters swapped", |text| Some(swapped(text, 1))),
    ("switch", |_| Some("raw:true".to_string())),
    ("switch", |_| Some("raw:on".to_string())),
    ("off", |_| Some("disable".to_string())),
    ("upper case", |text| Some(text.to_uppercase())),
    ("another library's word", |_| Some("verify_full".to_string())),
];

const PORT: &[Change] = &[
    ("quoted", |text| Some(format!("raw:\"{text}\""))),
    ("letter for digit", |text| {
        replaced(text, "0", "o").or_else(|| Some(format!("{text}l"))).map(|text| format!("raw:{text}"))
    }),
    ("digits swapped", |text| Some(format!("raw:{}", turned(text)))),
    ("digit missing", |text| Some(format!("raw:{}", &text[..text.len() - 1]))),
    ("digit too many", |text| Some(format!("raw:{text}0"))),
    ("out of range", |_| Some("raw:70000".to_string())),
    ("zero", |_| Some("raw:0".to_string())),
    ("negative", |text| Some(format!("raw:-{text}"))),
    ("fraction", |text| Some(format!("raw:{text}.5"))),
    ("colon in front", |text| Some(format!("raw:\":{text}\""))),
    ("comma inside", |text| Some(format!("raw:{},{}", &text[..1], &text[1..]))),
    ("empty", |_| Some(String::new())),
    ("Redis's", |_| Some("raw:6379".to_string())),
    ("Postgres's", |_| Some("raw:5432".to_string())),
];

const SWITCH: &[Change] = &[
    ("quoted", |text| Some(format!("raw:\"{text}\""))),
    ("yes or no", |text| Some(if text == "true" { "raw:yes" } else { "raw:no" }.to_string())),
    ("on or off", |text| Some(if text == "true" { "raw:on" } else { "raw:off" }.to_string())),
    ("misspelt", |text| Some(format!("raw:{}", swapped(text, 1)))),
    ("word", |_| Some("raw:enabled".to_string())),
];

const NUMBER: &[Change] = &[
    ("quoted", |text| Some(format!("raw:\"{text}\""))),
    ("letter for digit", |text| Some(format!("raw:{text}o"))),
    ("negative", |text| Some(format!("raw:-{text}"))),
    ("unit", |text| Some(format!("raw:{text}s"))),
    ("fraction", |text| Some(format!("raw:{text}.5"))),
    ("word", |_| Some("raw:many".to_string())),
    ("empty", |_| Some(String::new())),
];

const MAIL: &[Change] = &[
    ("no host", |text| Some(text.split('@').next()?.to_string())),
    ("no at", |text| replaced(text, "@", ".")),
    ("at twice", |text| replaced(text, "@", "@@")),
    ("comma for dot", |text| Some(format!("{},{}", &text[..text.rfind('.')?], &text[text.rfind('.')? + 1..]))),
    ("blank inside", |text| replaced(text, "@", " @")),
    ("comma behind", |text| Some(format!("{text},"))),
];

const REFERENCE: &[Change] = &[
    ("scheme's colon missing", |text| replaced(text, "op://", "raw:op//")),
    ("one slash", |text| replaced(text, "op://", "raw:op:/")),
    ("three slashes", |text| replaced(text, "op://", "raw:op:///")),
    ("scheme missing", |text| replaced(text, "op://", "raw:")),
    ("another scheme", |text| replaced(text, "op://", "raw:1p://")),
    ("field missing", |text| Some(format!("raw:{}", &text[..text.rfind('/')?]))),
    ("field empty", |text| Some(format!("raw:{}", &text[..=text.rfind('/')?]))),
    ("item missing", |text| Some(format!("raw:op://{}", &text[text.rfind('/')? + 1..]))),
    ("vault missing", |text| Some(format!("raw:op://{}", text.strip_prefix("op://")?.split_once('/')?.1))),
    ("vault only", |text| Some(format!("raw:{}", &text[..5 + text.strip_prefix("op://")?.find('/')?]))),
    ("comma behind", |text| Some(format!("\"{text},\"").replacen('"', "raw:\"", 1))),
    ("slash behind", |text| Some(format!("raw:{text}/"))),
    ("older prose", |text| Some(format!("raw:1Password:Vault:{}", text.strip_prefix("op://")?.replace('/', ":")))),
    ("prose", |text| Some(format!("raw:see 1Password, {}", text.strip_prefix("op://")?.replace('/', " ")))),
    ("placeholder", |_| Some("raw:<hidden>".to_string())),
    ("placeholder", |_| Some("raw:xxxxxx".to_string())),
    ("placeholder", |_| Some("raw:CHANGEME".to_string())),
    ("pasted", |text| text.ends_with("password").then(|| "raw:hunter2hunter2".to_string())),
    ("template of a shell", |_| Some("raw:${SECRET}".to_string())),
    ("in braces", |text| Some(format!("raw:\"{{{{ {text} }}}}\""))),
    ("empty", |_| Some(String::new())),
    ("quotes inside", |text| Some(format!("'{text}'"))),
    ("Redis's item", |text| Some(format!("raw:{}", another(text, "Redis", &["Redis"])?))),
    ("courier's item", |text| Some(format!("raw:{}", another(text, "Courier", &["Courier"])?))),
    ("another field", |text| Some(format!("raw:{}/username", text.strip_suffix("/password")?))),
    ("another field", |text| Some(format!("raw:{}/password", text.strip_suffix("/username")?))),
    ("another field", |text| replaced(text, "/secret access key", "/access key id").map(|text| format!("raw:{text}"))),
    ("another field", |text| replaced(text, "/access key id", "/secret access key").map(|text| format!("raw:{text}"))),
    ("another field", |text| Some(format!("raw:{}/password", text.strip_suffix("/server")?))),
];

/// The reference with the purpose that its item names replaced by another one.
fn another(text: &str, purpose: &str, own: &[&str]) -> Option<String> {
    if own.iter().any(|own| text.contains(own)) {
        return None;
    }
    let names =
        ["Postgres RapidPro User", "Postgres", "Redis", "Mailroom", "Courier", "SMTP", "S3", "Django", "Obfuscation"];
    let name = names.into_iter().find(|name| text.contains(name))?;
    Some(text.replacen(name, purpose, 1))
}

/// Braces that a person gets wrong.
fn templates(document: &Document, spot: &Spot, found: &mut Vec<Mutant>) {
    let value = &document.text[spot.value.clone()];
    for (kind, old, new) in [
        ("brace missing", "{{", "{"),
        ("brace missing", "}}", "}"),
        ("braces missing", " }}", ""),
        ("shell's braces", "{{", "${"),
        ("quote missing", "'", ""),
        ("filter unknown", "urlencode", "quote"),
        ("name unknown", "domain", "site"),
        ("name unknown", "public", "external"),
    ] {
        if value.contains(old) {
            found.push(document.write(spot, kind, &value.replacen(old, new, 1)));
        }
    }
    if value.starts_with("\"{{") {
        found.push(document.write(spot, "quotes missing", value.trim_matches('"')));
    }
}
