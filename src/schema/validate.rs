//! Holds a document against the grammar, and says what does not fit at its place and in our own words.
//!
//! The validator's own messages quote values, passwords among them: only its kinds and paths are used.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Validator};

use super::{SLIM, instance, placeholders, words};
use crate::diag::{Fix, Notes, Span, codes, nearest};
use crate::model::Reference;
use crate::model::document::{DOCUMENT, VAULT};
use crate::model::shape::{Leaf, Shape};
use crate::source::{Node, Style, Typed};

/// Validates a document. Answers the places that it reported, so that no later stage reports them again.
pub fn validate(tree: &Rc<Node>, notes: &mut Notes) -> BTreeSet<Span> {
    let mut bad = BTreeSet::new();
    placeholders::report(tree, notes, &mut bad);
    let Some(validator) = validator() else { return bad };
    for error in validator.iter_errors(&instance::json(tree, "")) {
        let pointer = error.instance_path().as_str().to_string();
        let keys: Vec<String> =
            pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
        let Some(place) = find(tree, &keys) else { continue };
        match error.kind() {
            // A map where a scalar stands, and no reference, is one fault, whatever is in the map.
            ValidationErrorKind::AdditionalProperties { unexpected }
                if !matches!(place.shape, Some(Shape::Leaf(_))) || place.node.get("ref").is_some() =>
            {
                if let Some(Shape::Leaf(_)) = place.shape {
                    bad.insert(place.node.span);
                }
                unexpected.iter().for_each(|key| unknown(&place, key, notes, &mut bad));
            }
            _ => wrong(&place, notes, &mut bad),
        }
    }
    bad
}

/// One validator a process: building it is most of the work.
///
/// The crate holds each schema against its draft's own schema first. That of 2020-12 is eight documents, and to compile
/// those took twice as long as ours; draft 7's is one, and the slim schema uses what both drafts have.
fn validator() -> Option<&'static Validator> {
    static VALIDATOR: OnceLock<Option<Validator>> = OnceLock::new();
    let options = jsonschema::options().with_draft(Draft::Draft7);
    let build = || options.build(&serde_json::from_str(SLIM).ok()?).ok();
    VALIDATOR.get_or_init(build).as_ref()
}

/// A node, its dotted path, and what may stand there.
struct Place {
    node: Rc<Node>,
    path: String,
    shape: Option<&'static Shape>,
}

fn find(tree: &Rc<Node>, keys: &[String]) -> Option<Place> {
    let mut place = Place { node: Rc::clone(tree), path: String::new(), shape: Some(DOCUMENT) };
    for key in keys {
        let node = match key.parse::<usize>() {
            Ok(index) if place.node.sequence().is_some() => Rc::clone(place.node.sequence()?.get(index)?),
            _ => Rc::clone(place.node.get(key)?),
        };
        let shape = match place.shape {
            Some(Shape::List(item)) => Some(*item),
            Some(shape) if place.path.is_empty() && key == "vault" && shape.at(key).is_some() => Some(VAULT),
            Some(shape) => shape.at(key),
            None => None,
        };
        let path = if place.path.is_empty() { key.clone() } else { format!("{}.{key}", place.path) };
        place = Place { node, path, shape };
    }
    Some(place)
}

fn unknown(place: &Place, key: &str, notes: &mut Notes, bad: &mut BTreeSet<Span>) {
    let Some(entry) = place.node.mapping().and_then(|mapping| mapping.entry(key)) else { return };
    bad.insert(entry.value.span);
    let owner = if place.path.is_empty() { "the document".to_string() } else { format!("`{}`", place.path) };
    let known = words::keys(place.shape);
    let note = notes.error(codes::UNKNOWN_KEY, format!("{owner} has no key `{key}`"));
    match nearest(key, known.iter().copied()).first().copied() {
        Some(near) => {
            note.at(&entry.key, format!("did you mean `{near}`?"));
            note.fix(Fix { safe: false, ..Fix::safe(format!("write `{near}`"), entry.key.span, near) });
        }
        None if known.is_empty() => {
            note.at(&entry.key, "");
        }
        None => {
            note.at(&entry.key, "").help(format!("use one of `{}`", known.join("`, `")));
        }
    }
}

fn wrong(place: &Place, notes: &mut Notes, bad: &mut BTreeSet<Span>) {
    // A reference where a word shapes the plan is no wrong word: the compiler says what it is.
    let text = place.node.scalar().map_or("", |scalar| scalar.text.as_str());
    if matches!(place.shape, Some(Shape::Leaf(Leaf::OneOf(_)))) && (Reference::looks_like(text) || text.contains("{{"))
    {
        return;
    }
    // A value can break several rules at once, of which one is told.
    if !bad.insert(place.node.span) {
        return;
    }
    let name = if place.path.is_empty() { "the document".to_string() } else { format!("`{}`", place.path) };
    let note = notes.error(codes::WRONG_TYPE, format!("{name} must be {}", words::wanted(place.shape)));
    note.at(&place.node, seen(place));
    let Some(scalar) = place.node.scalar() else { return };
    if let Some(Shape::Leaf(Leaf::OneOf(known))) = place.shape
        && let Some(near) = nearest(&scalar.text, known.iter().copied()).first().copied()
    {
        note.fix(Fix { safe: false, ..Fix::safe(format!("write `{near}`"), place.node.span, near) });
    }
    if let Some(right) = unquoted(place.shape, &scalar.text, scalar.style).or_else(|| quoted(place.shape, scalar)) {
        note.fix(Fix::safe(format!("write `{right}`"), place.node.span, right));
    }
}

/// What stands there instead.
fn seen(place: &Place) -> String {
    let typed = place.node.scalar().map(|scalar| scalar.typed);
    match (place.shape, typed) {
        (Some(Shape::Leaf(Leaf::Port)), Some(Typed::Int(_))) => "this is out of range".to_string(),
        (Some(Shape::Leaf(Leaf::OneOf(_))), Some(Typed::String)) => "this is none of them".to_string(),
        _ => format!("this is {}", found(&place.node)),
    }
}

fn found(node: &Node) -> &'static str {
    match (node.scalar().map(|scalar| scalar.typed), node.mapping()) {
        (Some(Typed::Null), _) => "nothing",
        (Some(Typed::Bool(_)), _) => "a boolean",
        (Some(Typed::Int(_)), _) => "a whole number",
        (Some(Typed::Float(_)), _) => "a number",
        (Some(Typed::String), _) => "a string",
        (None, Some(_)) => "a map",
        (None, None) => "a list",
    }
}

/// A number or a boolean in quotes, without them.
fn unquoted(shape: Option<&Shape>, text: &str, style: Style) -> Option<String> {
    let text = text.trim();
    let quoted = matches!(style, Style::Single | Style::Double);
    match shape {
        Some(Shape::Leaf(Leaf::Port | Leaf::Int)) if quoted => text.parse::<i64>().ok().map(|n| n.to_string()),
        Some(Shape::Leaf(Leaf::Bool)) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some("true".to_string()),
            "false" | "no" | "off" => Some("false".to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// A number or a boolean where text is wanted, in quotes.
fn quoted(shape: Option<&Shape>, scalar: &crate::source::Scalar) -> Option<String> {
    let text = matches!(shape, Some(Shape::Leaf(Leaf::Text | Leaf::Host | Leaf::Literal)));
    let other = matches!(scalar.typed, Typed::Int(_) | Typed::Float(_) | Typed::Bool(_));
    (text && other).then(|| format!("\"{}\"", scalar.text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diag::SourceMap;
    use crate::source;

    /// The findings of a document, as `code place-text message`.
    fn check(text: &str, expect: &[&str]) {
        let (mut map, mut notes) = (SourceMap::default(), Notes::default());
        let file = map.add("env/x.yml", text);
        let tree = source::parse(file, text, &mut notes);
        assert!(!notes.failed(), "{text}");
        if let Some(tree) = tree {
            validate(&tree, &mut notes);
        }
        let found: Vec<String> = notes
            .sorted()
            .iter()
            .map(|d| format!("{} {} {}", d.code, d.primary().map_or("", |span| map.slice(span)), d.message))
            .collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn what_fits_is_silent() {
        check(
            "release: 7.10\nhosts: {a: {services: [django, beat]}}\nresources: {redis: null, postgres: {port: \"{{ x }}\"}}\n",
            &[],
        );
        check("services: {courier: {COURIER_X: 1, port: op://v/i/f, extra: {A: [1]}}}\nvault: RapidPro\n", &[]);
        check(
            "resources: {postgres: {host: {ref: {vault: v, item: i, field: f}}}}\noutputs: {courier: {mode: 600}}\n",
            &[],
        );
    }

    #[test]
    fn faults_have_their_place_and_our_words() {
        check("relase: \"9.2\"\n", &["unknown-key relase the document has no key `relase`"]);
        check("services: {courier: {prt: 1}}\n", &["unknown-key prt `services.courier` has no key `prt`"]);
        check("services: {django: {poll: 1}}\n", &["unknown-key poll `services.django` has no key `poll`"]);
        check(
            "resources: {postgres: {port: \"5432\"}}\n",
            &[
                "wrong-type \"5432\" `resources.postgres.port` must be a port, a whole number from 1 to 65535, or a reference",
            ],
        );
        check(
            "resources: {redis: {db: x}}\n",
            &["wrong-type x `resources.redis.db` must be a whole number or a reference"],
        );
        check("resources: 5\n", &["wrong-type 5 `resources` must be a map"]);
        check(
            "hosts: {a: {services: [celry]}}\n",
            &[
                "wrong-type celry `hosts.a.services.0` must be one of `django`, `celery`, `beat`, `courier`, `mailroom`, `archiver`, `indexer`",
            ],
        );
        check(
            "vault: {backend: onepassword}\n",
            &["wrong-type onepassword `vault.backend` must be one of `connect`, `op`, `file`"],
        );
        check("vault: {nam: x}\n", &["unknown-key nam `vault` has no key `nam`"]);
        check("domain: 5\n", &["wrong-type 5 `domain` must be a string"]);
    }

    #[test]
    fn keys_of_a_reference_are_known() {
        check(
            "resources: {redis: {host: {ref: op://v/i/f, optinal: true}}}\n",
            &["unknown-key optinal `resources.redis.host` has no key `optinal`"],
        );
        check("domain: {vault: v}\n", &["wrong-type {vault: v} `domain` must be a string"]);
    }

    #[test]
    fn no_value_reaches_a_message() {
        let (mut map, mut notes) = (SourceMap::default(), Notes::default());
        let text = "resources: {postgres: {password: [CANARY], port: CANARY}}\nhosts: CANARY\n";
        let file = map.add("env/x.yml", text);
        if let Some(tree) = source::parse(file, text, &mut notes) {
            validate(&tree, &mut notes);
        }
        assert!(notes.failed() && notes.iter().all(|d| !format!("{d:?}").contains("CANARY")));
    }

    /// YAML of arbitrary shape over the words of the grammar.
    fn document() -> impl Strategy<Value = String> {
        let words = [
            "resources",
            "redis",
            "port",
            "hosts",
            "services",
            "courier",
            "COURIER_DB",
            "ref",
            "vault",
            "",
            "0",
            "a/b~1",
        ];
        let scalars = ["5", "null", "true", "x", "op://v/i/f", "'{{ a }}'", "1.5", "''", "-9223372036854775808"];
        let scalar = prop::sample::select(scalars.to_vec()).prop_map(str::to_string);
        scalar.prop_recursive(6, 48, 5, move |inner| {
            let key = prop::sample::select(words.to_vec());
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
                prop::collection::btree_map(key, inner, 0..5).prop_map(|entries| {
                    let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key:?}: {value}")).collect();
                    format!("{{{}}}", entries.join(", "))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_tree_is_judged_and_every_finding_has_a_place(text in document()) {
            let (mut map, mut notes) = (SourceMap::default(), Notes::default());
            let file = map.add("env/x.yml", text.clone());
            let tree = source::parse(file, &text, &mut notes);
            let bad = tree.map(|tree| validate(&tree, &mut notes)).unwrap_or_default();
            prop_assert!(notes.iter().all(|note| note.primary().is_some()));
            prop_assert_eq!(notes.failed(), !bad.is_empty());
        }
    }
}
