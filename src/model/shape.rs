//! The grammar of a document: which keys a map may have and what stands under each.
//!
//! [`shape!`](crate::model::shape!) declares a map once. Its declaration is a struct for `schemars` (so the JSON Schema is made of
//! it), and a [`Shape`] that the compiler reads facts by.

/// What may stand at a place in a document.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A scalar fact, and how it is read.
    Leaf(Leaf),
    /// A map with these keys.
    Map(&'static [(&'static str, &'static Shape)]),
    /// A map with names of the author's own, each value of this shape.
    Named(&'static Shape),
    /// A list of this shape.
    List(&'static Shape),
    /// Anything; read by its own stage.
    Any,
}

/// How a scalar fact is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// Any text; may be a reference or a template.
    Text,
    /// Any text that is secret: a literal is refused unless the vault is a plaintext file.
    Secret,
    /// A host name or an address, without port or scheme.
    Host,
    /// A TCP port.
    Port,
    /// An absolute URL with a host.
    Url,
    /// A whole number.
    Int,
    /// A boolean.
    Bool,
    /// Plain text that shapes the plan: neither reference nor template.
    Literal,
    /// One of these words, literally.
    OneOf(&'static [&'static str]),
}

impl Leaf {
    /// Whether neither a reference nor a template may stand here.
    pub fn is_literal(self) -> bool {
        matches!(self, Leaf::Literal | Leaf::OneOf(_))
    }
}

impl Shape {
    /// The shape at a dotted path below this one.
    pub fn at(&self, path: &str) -> Option<&Shape> {
        path.split('.').try_fold(self, |shape, key| shape.key(key))
    }

    /// The shape under one key.
    pub fn key(&self, key: &str) -> Option<&Shape> {
        match self {
            Shape::Map(keys) => keys.iter().find(|(name, _)| *name == key).map(|(_, shape)| *shape),
            Shape::Named(shape) => Some(*shape),
            Shape::Leaf(_) | Shape::List(_) | Shape::Any => None,
        }
    }
}

/// Whether a key under a service is a setting's name and not a key of rpconf's: `[A-Z][A-Z0-9_]*`.
pub fn is_setting_name(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_uppercase())
        && key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// A type that stands for a shape.
pub trait Shaped {
    /// The shape.
    const SHAPE: Shape;
}

/// Declares the keys of a map, with the help line of each: a struct for the JSON Schema and its [`Shape`].
macro_rules! shape {
    ($(#[$doc:meta])* $name:ident { $($(#[$key_doc:meta])* $key:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        #[allow(dead_code, reason = "the fields are the grammar; facts are read by path")]
        pub struct $name {
            $($(#[$key_doc])* $key: Option<$type>,)*
        }
        impl $crate::model::shape::Shaped for $name {
            const SHAPE: $crate::model::shape::Shape = $crate::model::shape::Shape::Map(&[
                $((stringify!($key), &<$type as $crate::model::shape::Shaped>::SHAPE),)*
            ]);
        }
    };
}
pub(crate) use shape;
