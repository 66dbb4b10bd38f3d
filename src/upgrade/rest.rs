//! What the new release still refuses: facts that are missing, and values that it does not take. Each round compiles what
//! there is and answers what is refused, until nothing is that an answer exists for.

use std::convert::Infallible;
use std::rc::Rc;

use super::draft::{Draft, item};
use super::item::{Done, Item, Kind};
use super::op::{Index, Op};
use super::settings::{self, written};
use super::side::Side;
use super::{at, facts, yaml};
use crate::catalog::{self, Train};
use crate::diag::{Code, Diagnostic, Severity, Span, codes};
use crate::model::document::DOCUMENT;
use crate::model::shape::Shape;
use crate::model::{Part, Service, Text, Value};
use crate::source::{Entry, Node};

/// Rounds at most: one for each fact that another fact's absence hid, and one for each value.
const ROUNDS: usize = 12;

/// Answers what is refused.
pub fn settle(draft: &mut Draft<'_>) {
    for _ in 0..ROUNDS {
        draft.recompile();
        let before = draft.ops.len();
        facts::complete(draft);
        if draft.ops.len() == before {
            refused(draft);
        }
        if draft.ops.len() == before {
            return;
        }
    }
    draft.recompile();
}

fn refused(draft: &mut Draft<'_>) {
    let known = draft.old.errors();
    let fresh = |note: &&Diagnostic| {
        let error = note.severity == Severity::Error && note.code != codes::FILL_IN;
        error && !known.contains(&(note.code, note.primary()))
    };
    let notes: Vec<Diagnostic> = draft.new.notes.sorted().into_iter().filter(fresh).cloned().collect();
    let tree = draft.upgraded();
    let mut answered: Vec<Span> = vec![];
    for note in notes {
        let Some(place) = note.primary().filter(|place| !answered.contains(place)) else { continue };
        if let Some((service, entry)) = setting_at(&tree, place) {
            answered.push(place);
            answer(draft, service, &entry, place, &note);
        } else if let Some((service, entry)) = extra_at(&tree, place) {
            draft.ops.push(Op::Remove { key: entry.key.span });
            draft.set(&format!("services.{service}.{}", entry.key.value), &yaml::line(&entry.value));
            let what = "the release knows it: it moves out of `extra`".to_string();
            let base = item(Some(service), Kind::Format, &entry.key.value);
            draft.tell(Item { what, span: Some(place), done: Done::Edited, ..base });
        } else if let (Some((path, node)), true) = (fact_at(&tree, place), OF_FACTS.contains(&note.code)) {
            answered.push(place);
            mark(draft, None, &path, &node, &note);
        }
    }
}

/// What the compiler finds at a fact. What a rule finds there may be another value's fault.
const OF_FACTS: &[Code] = &[codes::CHOICE_GONE, codes::WRONG_TYPE, codes::BAD_VALUE];

/// A setting that repeated what is derived is derived from now on; any other value is asked for.
fn answer(draft: &mut Draft<'_>, service: Service, entry: &Entry, place: Span, note: &Diagnostic) {
    let was = written(&draft.tree, service).into_iter().find(|old| old.key.span == entry.key.span);
    if let Some(was) = was.filter(|was| repeats(draft, service, was)) {
        draft.remove(service, &was);
        draft.tell(Item {
            what: format!("{}; it repeated what is derived, and is derived", note.message),
            span: Some(was.key.span),
            done: Done::Edited,
            ..item(Some(service), Kind::Refused, &entry.key.value)
        });
        return;
    }
    let inner = find(&entry.value, &|node| node.span == place && node.scalar().is_some());
    let node = inner.unwrap_or_else(|| Rc::clone(&entry.value));
    mark(draft, Some(service), &entry.key.value, &node, note);
}

fn mark(draft: &mut Draft<'_>, service: Option<Service>, name: &str, node: &Rc<Node>, note: &Diagnostic) {
    let why = note.labels.first().map(|label| label.text.as_str()).filter(|text| !text.is_empty());
    let why = why.map(|why| format!("; {why}")).unwrap_or_default();
    let help = note.help.first().map(|help| format!("; {help}")).unwrap_or_default();
    let was = service.and_then(|service| settings::shown(service, name, node)).map(|was| format!("; it was {was}"));
    let text = format!("{}{why}{help}{}", note.message, was.unwrap_or_default());
    draft.mark(node, &text.replace('`', ""));
    draft.tell(Item {
        what: format!("{}{why}", note.message),
        span: Some(node.span),
        done: Done::FillIn,
        ..item(service, Kind::Refused, name)
    });
}

/// Whether the document would be told the same at its own release without the setting.
fn repeats(draft: &Draft<'_>, service: Service, entry: &Entry) -> bool {
    let Some(train) = release(&draft.tree) else { return false };
    let ops = [Op::Remove { key: entry.key.span }];
    let without = Side::compile(draft.input, &Index::new(&ops).apply(&draft.tree), &train, draft.map);
    let value = |side: &Side| side.told(service, &entry.key.value).map(|setting| placeless(&setting.value));
    value(&draft.old).is_some_and(|said| value(&without) == Some(said))
}

fn release(tree: &Rc<Node>) -> Option<Train> {
    catalog::train(&at(tree, "release")?.scalar()?.text).ok()
}

/// A value without the places that its holes have.
fn placeless(value: &Value) -> Option<Value<Infallible>> {
    let mut text =
        |text: &Text| Ok::<_, Infallible>(Some(Value::String(format!("{:?} {}", text.becomes, parts(&text.parts)))));
    match value.try_fill(&mut text) {
        Ok(filled) => filled,
        Err(never) => match never {},
    }
}

fn parts(parts: &[Part]) -> String {
    let one = |part: &Part| match part {
        Part::Known(known) => known.clone(),
        Part::Hole(hole) => format!("\0{}\0{:?}\0", hole.reference, hole.filters),
        Part::Group(inner, filters) => format!("\0{}\0{filters:?}\0", self::parts(inner)),
    };
    parts.iter().map(one).collect()
}

fn within(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

/// The setting in whose value a place is.
fn setting_at(tree: &Rc<Node>, place: Span) -> Option<(Service, Entry)> {
    let mut all =
        Service::ALL.into_iter().flat_map(|service| written(tree, service).into_iter().map(move |e| (service, e)));
    all.find(|(_, entry)| within(entry.value.span, place))
}

/// The entry of `extra` whose key is at a place.
fn extra_at(tree: &Rc<Node>, place: Span) -> Option<(Service, Entry)> {
    Service::ALL.into_iter().find_map(|service| {
        let extra = at(tree, &format!("services.{service}.extra"))?;
        let entry = extra.mapping()?.entries.iter().find(|entry| entry.key.span == place)?.clone();
        Some((service, entry))
    })
}

/// The fact that is at a place, with its path.
fn fact_at(tree: &Rc<Node>, place: Span) -> Option<(String, Rc<Node>)> {
    fn walk(path: &str, node: &Rc<Node>, shape: &Shape, place: Span) -> Option<(String, Rc<Node>)> {
        if let Shape::Leaf(_) = shape {
            return (node.span == place).then(|| (path.to_string(), Rc::clone(node)));
        }
        node.mapping()?.entries.iter().find_map(|entry| {
            let key = &entry.key.value;
            let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            walk(&below, &entry.value, shape.key(key)?, place)
        })
    }
    walk("", tree, DOCUMENT, place)
}

fn find(node: &Rc<Node>, is: &dyn Fn(&Rc<Node>) -> bool) -> Option<Rc<Node>> {
    if is(node) {
        return Some(Rc::clone(node));
    }
    super::text::children(node).iter().find_map(|child| find(child, is))
}
