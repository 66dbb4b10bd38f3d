//! Parser events to a tree.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use granit_parser::{ScalarStyle, Tag};

use super::extent;
use super::frame::{Content, Finished, Frame, Key, OpenMapping};
use super::limits::{MAX_DEPTH, MAX_ERRORS, MAX_NODES};
use super::tag::{self, Meaning};
use super::tree::{Entry, Kind, Node, Scalar, Style, Typed};
use super::unquoted::Surroundings;
use super::{hints, scalar};
use crate::diag::{Code, Diagnostic, FileId, Notes, Span, Spanned, codes};

/// Nothing more is to be read; what there is to say was said.
#[derive(Debug)]
pub(super) struct Stop;

/// A scalar as the parser reports it.
pub(super) struct RawScalar<'e> {
    pub(super) text: &'e str,
    pub(super) style: ScalarStyle,
    pub(super) anchor: usize,
    pub(super) range: Range<usize>,
}

/// Builds the tree of one document.
pub(super) struct Builder<'a> {
    file: FileId,
    text: &'a str,
    notes: &'a mut Notes,
    templates: &'a [Range<usize>],
    open: Vec<Frame>,
    anchors: BTreeMap<usize, Finished>,
    nodes: usize,
    errors: usize,
    /// End of the token before the one that is looked at.
    floor: usize,
    root: Option<Rc<Node>>,
}

impl<'a> Builder<'a> {
    /// `templates` are ranges that the parser reads as a plain word, and that are text as they stand.
    pub(super) fn new(file: FileId, text: &'a str, templates: &'a [Range<usize>], notes: &'a mut Notes) -> Self {
        Self {
            file,
            text,
            notes,
            templates,
            open: vec![],
            anchors: BTreeMap::new(),
            nodes: 0,
            errors: 0,
            floor: 0,
            root: None,
        }
    }

    /// The finished tree.
    pub(super) fn root(self) -> Option<Rc<Node>> {
        self.root
    }

    /// What surrounds the next value.
    pub(super) fn surroundings(&self) -> Surroundings {
        Surroundings {
            flow: self.open.iter().any(|frame| frame.flow),
            key: self.open.last().is_some_and(Frame::wants_key),
        }
    }

    /// The innermost bracket that is still open.
    pub(super) fn bracket(&self) -> Option<Span> {
        // A pair in a list, `[a: b]`, is a map without a bracket of its own.
        let opens = |span: &Span| self.text.get(span.range()).is_some_and(|text| text.starts_with(['[', '{']));
        let brackets = self.open.iter().rev().filter(|frame| frame.flow).map(|frame| frame.span);
        brackets.into_iter().find(opens).map(|span| span.within(0, 1))
    }

    /// The document's own mark, `---`.
    pub(super) fn start(&mut self, range: Range<usize>) {
        self.floor = range.end;
    }

    /// A collection opens.
    pub(super) fn open(
        &mut self,
        content: Content,
        flow: bool,
        anchor: usize,
        tag: Option<(Cow<'_, Tag>, Range<usize>)>,
        range: Range<usize>,
    ) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            return self.too_deep(self.span(range));
        }
        let mut start = range.start;
        let after_key =
            self.open.last().is_some_and(|frame| !frame.wants_key() && matches!(frame.content, Content::Mapping(_)));
        if !flow && after_key && matches!(content, Content::Sequence(_)) {
            start = extent::sequence_start(self.text, self.floor, start);
        }
        if let Some((tag, place)) = tag
            && !tag::fits_collection(&tag, matches!(content, Content::Mapping(_)))
        {
            tag::refuse(&tag, self.span(place), self.error(codes::YAML_SYNTAX, "")?);
        }
        self.floor = range.start;
        self.open.push(Frame::new(self.span(start..range.end.max(start)), flow, anchor, content));
        Ok(())
    }

    /// The innermost collection closes.
    pub(super) fn close(&mut self, range: Range<usize>) -> Result<(), Stop> {
        let Some(mut frame) = self.open.pop() else { return Ok(()) };
        if frame.flow {
            frame.span.end = self.span(range.clone()).end;
            self.floor = range.end;
        }
        let anchor = frame.anchor;
        let finished = frame.finish();
        self.nodes += 1;
        self.remember(anchor, &finished);
        self.place(finished)
    }

    /// A scalar.
    pub(super) fn scalar(&mut self, raw: RawScalar<'_>, tag: Option<(Cow<'_, Tag>, Range<usize>)>) -> Result<(), Stop> {
        let style = style(&raw);
        let mut range = raw.range.clone();
        if matches!(style, Style::Literal | Style::Folded) {
            range.start = extent::block_header(self.text, self.floor, range.start);
            self.floor = range.end;
            range.end = extent::block_end(self.text, range.start, range.end);
        } else {
            self.floor = range.end;
        }
        let span = self.span(range.clone());
        let template = self.templates.iter().any(|t| t.start >= range.start && t.end <= range.end);
        let text = match style {
            Style::Absent => String::new(),
            Style::Plain if template => self.text.get(range).unwrap_or_default().to_owned(),
            Style::Plain | Style::Single | Style::Double | Style::Literal | Style::Folded => raw.text.to_owned(),
        };
        let untouched = tag.is_none() && !template && !self.surroundings().key;
        let typed = if template { Typed::String } else { self.typed(&text, style, span, tag)? };
        let scalar = Scalar { text, style, typed };
        if untouched {
            hints::raise(self.notes, &scalar, span);
        }
        let node = Rc::new(Node { span, kind: Kind::Scalar(scalar), overrides: vec![] });
        let finished = Finished { node, used: span, size: 1, height: 0 };
        self.nodes += 1;
        self.remember(raw.anchor, &finished);
        self.place(finished)
    }

    /// An alias.
    pub(super) fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<(), Stop> {
        let used = self.span(range.clone());
        self.floor = range.end;
        let Some(found) = self.anchors.get(&anchor) else {
            self.error(codes::YAML_SYNTAX, "an alias stands inside of the value that it names")?
                .at(used, "this would never end");
            let kind = Kind::Scalar(Scalar { text: String::new(), style: Style::Absent, typed: Typed::Null });
            let node = Rc::new(Node { span: used, kind, overrides: vec![] });
            return self.place(Finished { node, used, size: 1, height: 0 });
        };
        let finished = Finished { used, ..found.clone() };
        if self.open.len() + finished.height > MAX_DEPTH {
            return self.too_deep(used);
        }
        self.nodes += finished.size;
        self.place(finished)
    }

    /// Puts a finished value into the collection that is open, or makes it the root.
    fn place(&mut self, value: Finished) -> Result<(), Stop> {
        if self.nodes > MAX_NODES {
            let message = format!("the file has more than {MAX_NODES} values, aliases counted where they are used");
            self.error(codes::TOO_LARGE, message)?.at(value.used, "the last one that was read");
            return Err(Stop);
        }
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(value.node);
            return Ok(());
        };
        frame.cover(&value);
        let mapping = match &mut frame.content {
            Content::Sequence(items) => {
                items.push(value.node);
                return Ok(());
            }
            Content::Mapping(mapping) => mapping,
        };
        match mapping.key.take() {
            None => {
                let key = self.key(&value)?;
                if let Some(OpenMapping { key: waiting, .. }) = self.mapping() {
                    *waiting = Some(key);
                }
            }
            Some(Key::Named(key)) => {
                if let Some(mapping) = self.mapping() {
                    mapping.entries.push(Entry { key, value: value.node });
                }
            }
            Some(Key::Merge) => self.merge(&value)?,
            Some(Key::Refused) => {}
        }
        Ok(())
    }

    /// Reads a value that stands in a key's place.
    fn key(&mut self, value: &Finished) -> Result<Key, Stop> {
        let Some(scalar) = value.node.scalar() else {
            self.error(codes::YAML_SYNTAX, "a map or a list is used as a key")?
                .at(value.used, "a key is one word")
                .help("write a word as the key, or quote this");
            return Ok(Key::Refused);
        };
        let (text, plain) = (scalar.text.clone(), scalar.style == Style::Plain);
        if scalar.style == Style::Absent {
            self.error(codes::YAML_SYNTAX, "a key is missing before `:`")?.at(value.used, "here");
            return Ok(Key::Refused);
        }
        let Some(mapping) = self.mapping() else { return Ok(Key::Refused) };
        if let Some(first) = mapping.keys.get(&text).copied() {
            self.error(codes::DUPLICATE_KEY, format!("the key `{}` stands twice in one map", text.escape_debug()))?
                .at(value.used, "again here")
                .at(first, "first here")
                .help("remove one of the two");
            return Ok(Key::Refused);
        }
        mapping.keys.insert(text.clone(), value.used);
        Ok(if plain && text == "<<" { Key::Merge } else { Key::Named(Spanned::new(text, value.used)) })
    }

    /// Takes over what `<<` names: a map, or a list of maps.
    fn merge(&mut self, value: &Finished) -> Result<(), Stop> {
        let sources = match &value.node.kind {
            Kind::Mapping(_) => vec![value.node.clone()],
            Kind::Sequence(items) => items.clone(),
            Kind::Scalar(_) => vec![],
        };
        if sources.is_empty() || sources.iter().any(|node| node.mapping().is_none()) {
            self.error(codes::YAML_SYNTAX, "`<<` takes over the entries of a map or of a list of maps")?
                .at(value.used, "this is neither");
            return Ok(());
        }
        if let Some(mapping) = self.mapping() {
            mapping.merged.extend(sources);
        }
        Ok(())
    }

    fn typed(
        &mut self,
        text: &str,
        style: Style,
        span: Span,
        tag: Option<(Cow<'_, Tag>, Range<usize>)>,
    ) -> Result<Typed, Stop> {
        let plain = match style {
            Style::Plain | Style::Absent => scalar::typed(text),
            Style::Single | Style::Double | Style::Literal | Style::Folded => Ok(Typed::String),
        };
        if let Some((tag, place)) = tag {
            return Ok(match tag::meaning(&tag, text, plain) {
                Meaning::Typed(typed) => typed,
                Meaning::Refused => {
                    let place = self.span(place);
                    tag::refuse(&tag, place, self.error(codes::YAML_SYNTAX, "")?);
                    Typed::String
                }
            });
        }
        // The message does not repeat the digits: they may be a password that lacks its quotes.
        let (message, label) = match plain {
            Ok(typed) => return Ok(typed),
            Err(scalar::Refused::Range) => ("a whole number is outside of 64 bits", "no setting can hold this"),
            Err(scalar::Refused::NotFinite) => ("a number is infinite or none at all", "no setting can hold this"),
        };
        self.error(codes::YAML_SYNTAX, message)?.at(span, label).help("quote it if it is meant as a string");
        Ok(Typed::String)
    }

    fn remember(&mut self, anchor: usize, value: &Finished) {
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
    }

    fn mapping(&mut self) -> Option<&mut OpenMapping> {
        match &mut self.open.last_mut()?.content {
            Content::Mapping(mapping) => Some(mapping),
            Content::Sequence(_) => None,
        }
    }

    fn too_deep(&mut self, span: Span) -> Result<(), Stop> {
        let message = format!("maps and lists stand more than {MAX_DEPTH} deep in one another");
        self.error(codes::TOO_LARGE, message)?.at(span, "this is the first one too many");
        Err(Stop)
    }

    fn error(&mut self, code: Code, message: impl Into<String>) -> Result<&mut Diagnostic, Stop> {
        self.errors += 1;
        if self.errors > MAX_ERRORS {
            self.notes
                .error(codes::YAML_SYNTAX, format!("more than {MAX_ERRORS} errors, the rest of the file was not read"));
            return Err(Stop);
        }
        Ok(self.notes.error(code, message))
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }
}

fn style(raw: &RawScalar<'_>) -> Style {
    match raw.style {
        ScalarStyle::Plain if raw.range.is_empty() => Style::Absent,
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}
