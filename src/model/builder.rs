//! Puts texts together from what is known and what is not yet.

use super::{Becomes, Filter, FilterError, Part, Text, Value};

/// Collects the parts of a text.
#[derive(Debug, Clone, Default)]
pub struct Builder {
    parts: Vec<Part>,
}

impl Builder {
    /// A text that begins with these characters.
    pub fn from(text: &str) -> Self {
        let mut builder = Self::default();
        builder.known(text);
        builder
    }

    /// Adds known characters as they are.
    pub fn known(&mut self, text: &str) -> &mut Self {
        match self.parts.last_mut() {
            Some(Part::Known(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.parts.push(Part::Known(text.to_string())),
        }
        self
    }

    /// Adds a value, after filters: at once where it is known, at link where it is not.
    pub fn value(&mut self, value: &Value, filters: &[Filter]) -> Result<&mut Self, FilterError> {
        match value {
            Value::Text(text) => self.parts(text.parts.clone(), filters)?,
            known => self.known(&apply(filters, scalar_text(known))?),
        };
        Ok(self)
    }

    /// Adds parts, after filters.
    pub fn parts(&mut self, parts: Vec<Part>, filters: &[Filter]) -> Result<&mut Self, FilterError> {
        if filters.is_empty() {
            for part in parts {
                match part {
                    Part::Known(text) => {
                        self.known(&text);
                    }
                    waiting => self.parts.push(waiting),
                }
            }
            return Ok(self);
        }
        let mut parts = parts.into_iter();
        match (parts.next(), parts.as_slice()) {
            (None, _) => {
                self.known(&apply(filters, String::new())?);
            }
            (Some(Part::Known(text)), []) => {
                self.known(&apply(filters, text)?);
            }
            (Some(Part::Hole(mut hole)), []) => {
                hole.filters.extend(filters);
                self.parts.push(Part::Hole(hole));
            }
            (Some(first), _) => {
                self.parts.push(Part::Group(std::iter::once(first).chain(parts).collect(), filters.to_vec()));
            }
        }
        Ok(self)
    }

    /// The parts so far.
    pub fn into_parts(self) -> Vec<Part> {
        self.parts
    }

    /// A string when all of it is known, else a text that becomes `becomes` at link.
    pub fn finish(self, becomes: Becomes) -> Value {
        match self.parts.as_slice() {
            [] => Value::String(String::new()),
            [Part::Known(text)] => Value::String(text.clone()),
            _ => Value::Text(Text { parts: self.parts, becomes }),
        }
    }
}

fn apply(filters: &[Filter], text: String) -> Result<String, FilterError> {
    filters.iter().try_fold(text, |text, filter| filter.apply(&text))
}

/// A known scalar as text; containers have none and give nothing.
fn scalar_text(value: &Value) -> String {
    match value {
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Float(n) => n.to_string(),
        Value::String(s) => s.clone(),
        Value::None
        | Value::List(_)
        | Value::Tuple(_)
        | Value::Map(_)
        | Value::Update { .. }
        | Value::Python(_)
        | Value::Text(_) => String::new(),
    }
}
