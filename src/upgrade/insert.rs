//! New values, written into the deepest map that is there: after its last entry, in its own style.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::text::{Page, own_entries};
use super::yaml;
use crate::diag::{Edit, FileId, Span};
use crate::source::{Entry, Node};

/// What is inserted below one map: a value, or a map that is not there yet.
enum New<'a> {
    Value(&'a str),
    Map(BTreeMap<&'a str, New<'a>>),
}

/// The edits of every insertion, those into one map together.
pub fn edits(page: &Page<'_>, file: FileId) -> Option<Vec<Edit>> {
    let mut places: BTreeMap<Vec<&str>, BTreeMap<&str, New<'_>>> = BTreeMap::new();
    for (path, text) in &page.index.inserted {
        let keys: Vec<&str> = path.split('.').collect();
        let depth = existing(page.tree, &keys);
        let (above, below) = keys.split_at(depth);
        add(places.entry(above.to_vec()).or_default(), below, text)?;
    }
    let mut edits = vec![];
    // Where several maps end on one line, the innermost takes what is its own before the outer ones go on.
    let mut places: Vec<_> = places.into_iter().collect();
    places.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    for (path, new) in &places {
        let mut node = Rc::clone(page.tree);
        let mut entry = None;
        for key in path {
            entry = node.mapping().and_then(|mapping| mapping.entry(key)).cloned();
            node = Rc::clone(&entry.as_ref()?.value);
        }
        edits.extend(into(page, file, &node, entry.as_ref(), new)?);
    }
    Some(edits)
}

/// How many keys of a path lead to something: to a map, or to a null that becomes one.
fn existing(tree: &Rc<Node>, keys: &[&str]) -> usize {
    let mut node = Rc::clone(tree);
    for (depth, key) in keys.iter().enumerate() {
        match node.get(key).cloned() {
            Some(next) if depth + 1 < keys.len() => node = next,
            Some(_) | None => return depth,
        }
    }
    keys.len()
}

fn add<'a>(new: &mut BTreeMap<&'a str, New<'a>>, keys: &[&'a str], text: &'a str) -> Option<()> {
    match keys {
        [] => None,
        [key] => {
            new.insert(key, New::Value(text));
            Some(())
        }
        [key, rest @ ..] => match new.entry(key).or_insert_with(|| New::Map(BTreeMap::new())) {
            New::Map(map) => add(map, rest, text),
            New::Value(_) => None,
        },
    }
}

fn into(
    page: &Page<'_>,
    file: FileId,
    node: &Rc<Node>,
    above: Option<&Entry>,
    new: &BTreeMap<&str, New<'_>>,
) -> Option<Vec<Edit>> {
    let at = |start: usize, text: String| Edit { span: Span::new(file, start, start), text };
    // The key itself is there, with a null.
    let (present, absent): (Vec<_>, Vec<_>) = new.iter().partition(|(key, _)| node.get(key).is_some());
    let mut edits: Vec<Edit> = vec![];
    for (key, new) in present {
        let entry = node.mapping()?.entry(key)?;
        edits.push(filled(page, entry, &flow_value(new))?);
    }
    if absent.is_empty() {
        return Some(edits);
    }
    let flow = absent.iter().map(|(key, new)| format!("{}: {}", yaml::key(key), flow_value(new))).collect::<Vec<_>>();
    if node.mapping().is_none() {
        edits.push(filled(page, above?, &format!("{{{}}}", flow.join(", ")))?);
        return Some(edits);
    }
    if page.is_flow(node) {
        edits.push(at_flow(page, node, &flow.join(", "), at)?);
        return Some(edits);
    }
    let start = page.line_start(node.span.range().start);
    let indent = page.text.get(start..node.span.range().start)?;
    if !indent.trim_matches(['\u{feff}', ' ']).is_empty() {
        return None;
    }
    let indent = indent.trim_start_matches('\u{feff}');
    let lines: Vec<String> = absent.iter().flat_map(|(key, new)| block_lines(indent, key, new)).collect();
    let newline = if page.text.contains("\r\n") { "\r\n" } else { "\n" };
    let last = own_entries(node).last().copied().cloned();
    let stays = |entry: &Entry| !page.index.removed.contains(&entry.key.span);
    match last.filter(|entry| stays(entry) && !page.otherwise) {
        Some(last) => {
            let end = page.line_end(page.end(&last)?.max(node.span.range().end));
            let text: String = lines.iter().map(|line| format!("{newline}{line}")).collect();
            edits.push(at(end, text));
        }
        None => {
            let first = own_entries(node).first().map_or(start, |first| page.line_start(first.key.span.range().start));
            let text: String = lines.iter().map(|line| format!("{line}{newline}")).collect();
            edits.push(at(first, text));
        }
    }
    Some(edits)
}

/// A value in the place of a null, written or absent.
fn filled(page: &Page<'_>, entry: &Entry, text: &str) -> Option<Edit> {
    let span = entry.value.span;
    if span.start < span.end {
        return Some(Edit { span, text: text.to_string() });
    }
    let colon = page.colon(entry)?;
    Some(Edit { span: Span::new(span.file, colon, colon), text: format!(" {text}") })
}

fn at_flow(page: &Page<'_>, node: &Node, text: &str, at: impl Fn(usize, String) -> Edit) -> Option<Edit> {
    let own = own_entries(node);
    let kept: Vec<_> = own.iter().filter(|entry| !page.index.removed.contains(&entry.key.span)).collect();
    let open = node.span.range().start + 1;
    match kept.last().filter(|_| !page.otherwise) {
        Some(last) => Some(at(page.end(last)?, format!(", {text}"))),
        None if kept.is_empty() => Some(at(open, text.to_string())),
        None => Some(at(open, format!("{text}, "))),
    }
}

fn flow_value(new: &New<'_>) -> String {
    match new {
        New::Value(text) => (*text).to_string(),
        New::Map(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, new)| format!("{}: {}", yaml::key(key), flow_value(new))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn block_lines(indent: &str, key: &str, new: &New<'_>) -> Vec<String> {
    match new {
        New::Value(text) => vec![format!("{indent}{}: {text}", yaml::key(key))],
        New::Map(map) => {
            let below = format!("{indent}  ");
            let lines = map.iter().flat_map(|(key, new)| block_lines(&below, key, new));
            std::iter::once(format!("{indent}{}:", yaml::key(key))).chain(lines).collect()
        }
    }
}
