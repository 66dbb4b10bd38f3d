//! Answers the rules' questions from fetched secrets. A value is opened here, compared and forgotten: yes or no comes out.

use super::fill;
use crate::check::{Answer, Oracle, Question};
use crate::model::{Filled, Text};
use crate::vault::Answers;

/// The oracle of a fetched batch.
pub struct Vaulted<'a> {
    answers: &'a Answers,
}

impl<'a> Vaulted<'a> {
    /// An oracle over these answers.
    pub fn new(answers: &'a Answers) -> Self {
        Self { answers }
    }

    /// The text with its secrets in; nothing when the vault lacks one, which link reports by itself.
    fn filled(&self, text: &Text) -> Option<String> {
        match fill::text(text, self.answers) {
            Ok(Some(Filled::String(text))) => Some(text),
            _ => None,
        }
    }
}

impl Oracle for Vaulted<'_> {
    fn ask(&self, question: &Question<'_>) -> Answer {
        let answer = match question {
            Question::Same { a, b } => self.filled(a).zip(self.filled(b)).map(|(a, b)| a == b),
            Question::OneOf { text, words } => self.filled(text).map(|text| words.contains(&text.as_str())),
            Question::ParsesAs { text, form } => self.filled(text).map(|text| form.fits(&text)),
            Question::Empty { text } => self.filled(text).map(|text| text.is_empty()),
        };
        answer.map_or(Answer::Unknown, Answer::of)
    }
}
