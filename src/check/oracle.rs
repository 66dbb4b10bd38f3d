//! What rules ask of values that only a vault knows: closed questions, so that no rule ever holds a secret.

use crate::model::Text;

/// A question about texts with holes.
#[derive(Debug, Clone, Copy)]
pub enum Question<'q> {
    /// Whether two texts are the same once filled.
    Same {
        /// The one.
        a: &'q Text,
        /// The other.
        b: &'q Text,
    },
    /// Whether a text is one of some words.
    OneOf {
        /// The text.
        text: &'q Text,
        /// The words.
        words: &'q [&'q str],
    },
    /// Whether a text can be read as something.
    ParsesAs {
        /// The text.
        text: &'q Text,
        /// As what.
        form: Form,
    },
    /// Whether a text is empty.
    Empty {
        /// The text.
        text: &'q Text,
    },
}

/// What a text may be asked to parse as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Characters that stand in a URL's user-info as they are (RFC 3986's unreserved ones).
    UrlSafe,
    /// 32 hexadecimal digits.
    Hex32,
}

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// No vault was asked, or it has no value.
    Unknown,
}

impl Answer {
    /// The answer that a known fact gives.
    pub fn of(fact: bool) -> Self {
        if fact { Answer::Yes } else { Answer::No }
    }
}

/// Who answers.
pub trait Oracle {
    /// Answers a question, without letting a value out.
    fn ask(&self, question: &Question<'_>) -> Answer;
}

/// No vault: it knows nothing.
pub struct NoVault;

impl Oracle for NoVault {
    fn ask(&self, _: &Question<'_>) -> Answer {
        Answer::Unknown
    }
}

impl Form {
    /// Whether a text is of this form.
    pub fn fits(self, text: &str) -> bool {
        match self {
            Form::UrlSafe => text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)),
            Form::Hex32 => text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()),
        }
    }
}
