//! One finding as plain data: severity, code, message, places, help and fixes.

use super::{Code, Located, Span};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document cannot be compiled as it stands.
    Error,
    /// It compiles, and is probably not what was meant.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The lower-case word that every report uses.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// A place and what is to be seen there; the first label of a diagnostic is its primary place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is to be seen there, may be empty.
    pub text: String,
}

/// A replacement of a span's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; an empty span inserts.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// Edits that mend a finding, with the sentence that offers them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the fix does, beginning with a verb.
    pub title: String,
    /// The edits, which do not overlap.
    pub edits: Vec<Edit>,
    /// Whether there is one right answer, so that `check --fix` may apply it unasked.
    pub safe: bool,
}

impl Fix {
    /// A fix that replaces one span and has no other right answer.
    pub fn safe(title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        Self { title: title.into(), edits: vec![Edit { span, text: text.into() }], safe: true }
    }
}

/// A finding about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The public name of the finding.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, one lower-case sentence without a full stop.
    pub message: String,
    /// Where, the primary place first; empty when the finding is about something absent altogether.
    pub labels: Vec<Label>,
    /// What to do, each beginning with a verb.
    pub help: Vec<String>,
    /// Edits that mend it.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// Adds a place; the first one added is the primary place.
    pub fn at(&mut self, place: impl Located, text: impl Into<String>) -> &mut Self {
        self.labels.extend(place.span().map(|span| Label { span, text: text.into() }));
        self
    }

    /// Adds what to do.
    pub fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help.push(text.into());
        self
    }

    /// Adds edits that mend it.
    pub fn fix(&mut self, fix: Fix) -> &mut Self {
        self.fixes.push(fix);
        self
    }

    /// The primary place.
    pub fn primary(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }
}
