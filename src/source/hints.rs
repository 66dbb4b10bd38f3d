//! What a plain scalar may have been meant as.

use super::scalar::{former_boolean, has_leading_zero};
use super::tree::{Scalar, Style, Typed};
use crate::diag::{Fix, Notes, Span, codes};

/// Tells when a plain scalar is a word or number that YAML 1.1, and so Ansible, reads otherwise.
pub(super) fn raise(notes: &mut Notes, scalar: &Scalar, span: Span) {
    if scalar.style != Style::Plain {
        return;
    }
    let text = &scalar.text;
    let quote = || Fix { safe: false, ..Fix::safe("quote it, to keep the text", span, format!("\"{text}\"")) };
    match scalar.typed {
        Typed::String => {
            let Some(boolean) = former_boolean(text) else { return };
            notes
                .info(codes::YAML_WORD, format!("`{text}` is a string here; write `{boolean}` or quote it"))
                .at(span, "a boolean in YAML 1.1 only")
                .fix(Fix { safe: false, ..Fix::safe("write the boolean", span, boolean.to_string()) })
                .fix(quote());
        }
        // The message does not repeat the digits: they may be a password that lacks its quotes.
        Typed::Int(_) if has_leading_zero(text) => {
            notes
                .info(codes::YAML_OCTAL, "a number begins with a zero, which YAML 1.2 drops")
                .at(span, "octal in YAML 1.1 only")
                .help("write `0o` before octal digits, or quote it to keep the zero")
                .fix(quote());
        }
        Typed::Null | Typed::Bool(_) | Typed::Int(_) | Typed::Float(_) => {}
    }
}
