//! The small closed set of things that a setting can be.

use std::convert::Infallible;

use super::text::Text;

/// A setting's value. `T` is what stands where a secret goes: [`Text`] with holes in a Plan, nothing at all once the
/// holes are filled.
#[derive(Clone, PartialEq)]
pub enum Value<T = Text> {
    /// Python's `None`; a Go service has no such value.
    None,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A string known without any vault.
    String(String),
    /// A list.
    List(Vec<Value<T>>),
    /// A Python tuple; a list to everyone else.
    Tuple(Vec<Value<T>>),
    /// A mapping, in order.
    Map(Vec<(String, Value<T>)>),
    /// A Python mapping laid over another: upstream's keys stay, these win. Only a settings module can carry it.
    Update {
        /// A Python expression for the mapping below.
        base: String,
        /// What is laid over it, in order.
        entries: Vec<(String, Value<T>)>,
    },
    /// A Python expression, which only a settings module can carry.
    Python(Python),
    /// A string that waits for secrets.
    Text(T),
}

/// A value without holes. Its `Debug` shows nothing, as secrets are in it.
pub type Filled = Value<Infallible>;

/// A Python expression and the imports that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python {
    /// One expression.
    pub code: String,
    /// Whole import statements, such as `from datetime import timedelta`.
    pub imports: Vec<String>,
}

impl<T> Value<T> {
    /// A string.
    pub fn string(text: impl Into<String>) -> Self {
        Value::String(text.into())
    }

    /// A Python expression that needs no import.
    pub fn python(code: impl Into<String>) -> Self {
        Value::Python(Python { code: code.into(), imports: vec![] })
    }

    /// The name of the kind, as messages say it.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::None => "null",
            Value::Bool(_) => "boolean",
            Value::Int(_) => "integer",
            Value::Float(_) => "number",
            Value::String(_) | Value::Text(_) => "string",
            Value::List(_) | Value::Tuple(_) => "list",
            Value::Map(_) | Value::Update { .. } => "map",
            Value::Python(_) => "python expression",
        }
    }

    /// Rebuilds the value, with `f` on every text that waits for secrets. `f` answers `None` where an optional
    /// reference has no value: a list leaves such an element out, and the whole answers `None`.
    pub fn try_fill<U, E>(&self, f: &mut impl FnMut(&T) -> Result<Option<Value<U>>, E>) -> Result<Option<Value<U>>, E> {
        Ok(Some(match self {
            Value::None => Value::None,
            Value::Bool(b) => Value::Bool(*b),
            Value::Int(n) => Value::Int(*n),
            Value::Float(n) => Value::Float(*n),
            Value::String(s) => Value::String(s.clone()),
            Value::Python(p) => Value::Python(p.clone()),
            Value::List(items) => Value::List(fill_items(items, f)?),
            Value::Tuple(items) => Value::Tuple(fill_items(items, f)?),
            Value::Map(entries) => Value::Map(fill_entries(entries, f)?),
            Value::Update { base, entries } => Value::Update { base: base.clone(), entries: fill_entries(entries, f)? },
            Value::Text(text) => return f(text),
        }))
    }

    /// Calls `f` on every text that waits for secrets, depth first.
    pub fn texts<'a>(&'a self, f: &mut impl FnMut(&'a T)) {
        match self {
            Value::Text(text) => f(text),
            Value::List(items) | Value::Tuple(items) => items.iter().for_each(|item| item.texts(f)),
            Value::Map(entries) | Value::Update { entries, .. } => entries.iter().for_each(|(_, value)| value.texts(f)),
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::String(_) | Value::Python(_) => {}
        }
    }
}

fn fill_items<T, U, E>(
    items: &[Value<T>],
    f: &mut impl FnMut(&T) -> Result<Option<Value<U>>, E>,
) -> Result<Vec<Value<U>>, E> {
    let mut filled = Vec::with_capacity(items.len());
    for item in items {
        filled.extend(item.try_fill(f)?);
    }
    Ok(filled)
}

fn fill_entries<T, U, E>(
    entries: &[(String, Value<T>)],
    f: &mut impl FnMut(&T) -> Result<Option<Value<U>>, E>,
) -> Result<Vec<(String, Value<U>)>, E> {
    let mut filled = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        filled.extend(value.try_fill(f)?.map(|v| (key.clone(), v)));
    }
    Ok(filled)
}

impl std::fmt::Debug for Value<Text> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::None => f.write_str("None"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(n) => write!(f, "{n}"),
            Value::Float(n) => write!(f, "{n:?}"),
            Value::String(s) => write!(f, "{s:?}"),
            Value::List(items) => f.debug_list().entries(items).finish(),
            Value::Tuple(items) => f.debug_tuple("").field(items).finish(),
            Value::Map(entries) => f.debug_map().entries(entries.iter().map(|(k, v)| (k, v))).finish(),
            Value::Update { base, entries } => {
                write!(f, "{base} | ")?;
                f.debug_map().entries(entries.iter().map(|(k, v)| (k, v))).finish()
            }
            Value::Python(p) => write!(f, "python({})", p.code),
            Value::Text(text) => write!(f, "{text:?}"),
        }
    }
}

impl std::fmt::Debug for Value<Infallible> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Filled(…)")
    }
}
