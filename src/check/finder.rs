//! How a rule says what it found: its code and severity are the table's.

use super::rules::Rule;
use crate::diag::{Diagnostic, Notes, Severity};

/// The notes of one rule.
pub struct Finder<'n> {
    rule: &'n Rule,
    notes: &'n mut Notes,
}

impl<'n> Finder<'n> {
    /// The notes that a rule writes to.
    pub fn new(rule: &'n Rule, notes: &'n mut Notes) -> Self {
        Self { rule, notes }
    }

    /// A finding, as bad as the table says.
    pub fn say(&mut self, message: impl Into<String>) -> &mut Diagnostic {
        match self.rule.severity {
            Severity::Error => self.notes.error(self.rule.code, message),
            Severity::Warning => self.notes.warning(self.rule.code, message),
            Severity::Info => self.notes.info(self.rule.code, message),
        }
    }

    /// A finding of an error's rule that is only probably one.
    pub fn warn(&mut self, message: impl Into<String>) -> &mut Diagnostic {
        self.notes.warning(self.rule.code, message)
    }
}
