//! The sink that stages push findings into.

use super::{Code, Diagnostic, Severity, Span, Spanned};

/// Anything that may know its place: a span, a spanned value, or nothing.
pub trait Located {
    /// The place, if there is one.
    fn span(&self) -> Option<Span>;
}

impl Located for Span {
    fn span(&self) -> Option<Span> {
        Some(*self)
    }
}

impl Located for Option<Span> {
    fn span(&self) -> Option<Span> {
        *self
    }
}

impl<T> Located for &Spanned<T> {
    fn span(&self) -> Option<Span> {
        Some(self.span)
    }
}

/// The findings so far, in the order in which they were made.
#[derive(Debug, Default, Clone)]
pub struct Notes {
    list: Vec<Diagnostic>,
}

impl Notes {
    /// Pushes an error and returns it, so that places and help can be added.
    pub fn error(&mut self, code: Code, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Error, code, message.into())
    }

    /// Pushes a warning.
    pub fn warning(&mut self, code: Code, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Warning, code, message.into())
    }

    /// Pushes an information.
    pub fn info(&mut self, code: Code, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Info, code, message.into())
    }

    /// Takes over another sink's findings.
    pub fn append(&mut self, mut other: Notes) {
        self.list.append(&mut other.list);
    }

    /// Whether an error is among them.
    pub fn failed(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// The findings, in the order in which they were made.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The findings by place, file after file: the order of every report. Exact repetitions are dropped, and so is a
    /// hint about a value that an error is about.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut all: Vec<&Diagnostic> = self.list.iter().collect();
        all.sort_by_key(|d| (d.primary().is_none(), d.primary(), d.severity, d.code));
        let mut kept: Vec<&Diagnostic> = Vec::with_capacity(all.len());
        for d in all {
            let mut here = kept.iter().rev().take_while(|k| k.primary() == d.primary());
            let hint = d.severity == Severity::Info && d.primary().is_some();
            if !here.any(|k| *k == d || (hint && k.severity == Severity::Error)) {
                kept.push(d);
            }
        }
        kept
    }

    /// Takes over one finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Takes back what an earlier stage noted at a place whose meaning it did not know.
    pub fn withdraw(&mut self, code: Code, span: Option<Span>) {
        self.list.retain(|note| note.code != code || note.primary() != span);
    }

    fn add(&mut self, severity: Severity, code: Code, message: String) -> &mut Diagnostic {
        self.list.push_mut(Diagnostic { code, severity, message, labels: vec![], help: vec![], fixes: vec![] })
    }
}
