//! Entries that go, as ranges of the text: a comment behind one stays, on a line of its own.

use std::ops::Range;
use std::rc::Rc;

use super::text::{Page, children, own_entries};
use crate::source::{Entry, Node};

/// The ranges that go, merged where they meet, each with what takes its place.
pub fn ranges(page: &Page<'_>) -> Option<Vec<(Range<usize>, String)>> {
    let (mut cuts, mut others) = (vec![], vec![]);
    let mut open: Vec<(Rc<Node>, Option<Entry>)> = vec![(Rc::clone(page.tree), None)];
    while let Some((node, above)) = open.pop() {
        let own = own_entries(&node);
        let removed = |entry: &Entry| page.index.removed.contains(&entry.key.span);
        if own.iter().any(|entry| removed(entry)) {
            match page.is_flow(&node) {
                true => flow(page, &own, &mut cuts)?,
                false => block(page, &own, &mut cuts)?,
            }
            let empty = own.iter().all(|entry| removed(entry)) && node.mapping()?.entries.len() == own.len();
            if empty && !page.is_flow(&node) && !takes_in(page, &node) {
                others.push(emptied(page, &node, above.as_ref())?);
            }
            others.extend(own.iter().filter(|entry| removed(entry)).filter_map(|entry| anchor(page, entry)));
        }
        let named =
            own.iter().filter(|entry| !removed(entry)).map(|entry| (Rc::clone(&entry.value), Some((*entry).clone())));
        let below: Vec<_> = match node.mapping() {
            Some(_) => named.collect(),
            None => children(&node).into_iter().map(|child| (child, None)).collect(),
        };
        open.extend(below);
    }
    cuts.sort_by_key(|cut: &Range<usize>| (cut.start, cut.end));
    let mut merged: Vec<Range<usize>> = vec![];
    for cut in cuts {
        match merged.last_mut().filter(|last| cut.start <= last.end) {
            Some(last) => last.end = last.end.max(cut.end),
            None => merged.push(cut),
        }
    }
    Some(merged.into_iter().map(|cut| (cut, String::new())).chain(others).collect())
}

/// Whether something is inserted into a map, so that it does not stay empty.
fn takes_in(page: &Page<'_>, map: &Node) -> bool {
    let holds = |path: &str| {
        let (above, _) = path.rsplit_once('.').unwrap_or(("", path));
        above
            .split('.')
            .try_fold(Rc::clone(page.tree), |node, key| node.get(key).cloned())
            .is_some_and(|n| n.span == map.span)
    };
    page.index.inserted.keys().any(|path| holds(path))
}

/// A block map without entries is a null, which would take away what a base document has below it: `{}` does not.
fn emptied(page: &Page<'_>, map: &Node, above: Option<&Entry>) -> Option<(Range<usize>, String)> {
    if page.otherwise {
        let (start, first) = (page.line_start(map.span.range().start), map.span.range().start);
        return Some((start..start, format!("{}{{}}\n", page.text.get(start..first)?)));
    }
    let colon = page.colon(above?)?;
    Some((colon..colon, " {}".to_string()))
}

/// A value that other places name goes where the first of them that stays does.
fn anchor(page: &Page<'_>, entry: &Entry) -> Option<(Range<usize>, String)> {
    let value = entry.value.span.range();
    let name = page.text.get(page.colon(entry)?..value.start)?.trim().strip_prefix('&')?;
    let alias = format!("*{name}");
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || ",]}".contains(c));
    let later =
        page.text.get(value.end..)?.match_indices(&alias).map(|(at, _)| value.end + at..value.end + at + alias.len());
    let goes = |range: &Range<usize>| {
        let of = |span: &crate::diag::Span| page.keys.get(span).and_then(|entry| page.end(entry));
        page.index
            .removed
            .iter()
            .any(|key| key.range().start <= range.start && of(key).is_some_and(|end| range.end <= end))
    };
    let mut uses = later.filter(|range| page.text.get(range.end..).is_some_and(is_end) && !goes(range));
    let text = page.text.get(value.clone()).filter(|text| !text.contains('\n'))?;
    Some((uses.next()?, format!("&{name} {text}")))
}

fn block(page: &Page<'_>, own: &[&Entry], cuts: &mut Vec<Range<usize>>) -> Option<()> {
    for entry in own.iter().filter(|entry| page.index.removed.contains(&entry.key.span)) {
        let (start, end) = (entry.key.span.range().start, page.end(entry)?);
        let line = page.line_start(start);
        if !page.text.get(line..start)?.trim().is_empty() {
            return None;
        }
        let rest = page.text.get(end..page.line_end(end))?;
        let comment = rest.trim_start();
        if comment.starts_with('#') {
            cuts.push(start..end + rest.len() - comment.len());
        } else {
            let after = page.line_end(end);
            let newline = page.text.get(after..)?.find('\n').map_or(after, |at| after + at + 1);
            cuts.push(line..newline);
        }
    }
    Some(())
}

fn flow(page: &Page<'_>, own: &[&Entry], cuts: &mut Vec<Range<usize>>) -> Option<()> {
    let removed = |entry: &Entry| page.index.removed.contains(&entry.key.span);
    let mut kept: Option<&Entry> = None;
    for (at, entry) in own.iter().enumerate() {
        if !removed(entry) {
            kept = Some(entry);
            continue;
        }
        let (start, end) = (entry.key.span.range().start, page.end(entry)?);
        let more = own.get(at + 1..)?.iter().any(|later| !removed(later));
        if more || kept.is_none() || page.otherwise {
            cuts.push(start..after_comma(page, end));
        } else {
            let from = page.end(kept?)?;
            let comments = page.text.get(from..start)?.contains('#');
            cuts.push(if comments { start..end } else { from..end });
        }
    }
    Some(())
}

/// The end of an entry's comma and of the blanks behind it, but for a comment's; or the entry's own end.
fn after_comma(page: &Page<'_>, end: usize) -> usize {
    let rest = page.text.get(end..).unwrap_or_default();
    let blank = rest.len() - rest.trim_start().len();
    if !rest.get(blank..).is_some_and(|rest| rest.starts_with(',')) {
        return end;
    }
    let behind = end + blank + 1;
    let after = page.text.get(behind..).unwrap_or_default();
    let next = after.trim_start_matches([' ', '\t']);
    if next.starts_with('#') { behind } else { behind + after.len() - next.len() }
}
