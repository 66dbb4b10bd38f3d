//! YAML text to a tree whose nodes know their line: the plain subset that the catalog is written in.

use granit_parser::{Event, Parser, ScalarStyle};

use super::Fault;

/// A value and the line on which it starts.
#[derive(Debug)]
pub struct Node {
    pub line: usize,
    pub data: Data,
}

#[derive(Debug)]
pub enum Data {
    /// Text as written, and whether it was without quotes.
    Scalar(String, bool),
    List(Vec<Node>),
    /// Keys with their lines.
    Map(Vec<(String, usize, Node)>),
}

/// Reads one document.
pub fn parse(yaml: &str) -> Result<Node, Fault> {
    let mut events = Parser::new_from_str(yaml);
    let mut root = None;
    while let Some((event, line)) = next(&mut events)? {
        match event {
            Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd => {}
            event if root.is_none() => root = Some(node(event, line, &mut events)?),
            _ => return Err(Fault::new(line, "a second document")),
        }
    }
    root.ok_or_else(|| Fault::new(1, "the file is empty"))
}

type Events<'input> = Parser<'input, granit_parser::StrInput<'input>>;

fn next<'input>(events: &mut Events<'input>) -> Result<Option<(Event<'input>, usize)>, Fault> {
    match events.next() {
        None => Ok(None),
        Some(Ok((event, span))) => Ok(Some((event, span.start.line()))),
        Some(Err(error)) => Err(Fault::new(error.marker().line(), error.info())),
    }
}

fn node<'input>(event: Event<'input>, line: usize, events: &mut Events<'input>) -> Result<Node, Fault> {
    let data = match event {
        Event::Scalar(text, style, 0, None) => Data::Scalar(text.into_owned(), style == ScalarStyle::Plain),
        Event::SequenceStart(_, 0, None) => Data::List(items(events)?),
        Event::MappingStart(_, 0, None) => Data::Map(entries(events)?),
        _ => {
            return Err(Fault::new(line, "anchors, aliases and tags have no place here"));
        }
    };
    Ok(Node { line, data })
}

fn items(events: &mut Events<'_>) -> Result<Vec<Node>, Fault> {
    let mut items = Vec::new();
    while let Some((event, line)) = next(events)? {
        match event {
            Event::SequenceEnd => break,
            event => items.push(node(event, line, events)?),
        }
    }
    Ok(items)
}

fn entries(events: &mut Events<'_>) -> Result<Vec<(String, usize, Node)>, Fault> {
    let mut entries: Vec<(String, usize, Node)> = Vec::new();
    while let Some((event, line)) = next(events)? {
        if matches!(event, Event::MappingEnd) {
            break;
        }
        let Data::Scalar(key, _) = node(event, line, events)?.data else {
            return Err(Fault::new(line, "a key must be a word"));
        };
        if let Some((_, first, _)) = entries.iter().find(|(known, ..)| *known == key) {
            return Err(Fault::new(line, format!("`{key}` stands on line {first} already")));
        }
        let Some((event, line_of_value)) = next(events)? else {
            break;
        };
        entries.push((key, line, node(event, line_of_value, events)?));
    }
    Ok(entries)
}
