//! The scalar types of a document, as the JSON Schema and the compiler see them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::shape::{Leaf, Shape, Shaped, shape};

/// What a string must begin with, or hold, to stand for a number or a boolean: a reference or a template.
/// A pattern binds strings only, so a failure is reported at the scalar itself.
pub const REFERENCE_OR_TEMPLATE: &str = r"^\s*([oO][pP]://|1Password:)|\{\{";

macro_rules! leaf {
    ($($(#[$doc:meta])* $name:ident = $leaf:expr, $schema:tt;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl Shaped for $name {
            const SHAPE: Shape = Shape::Leaf($leaf);
        }
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

leaf! {
    /// Literal text.
    Literal = Leaf::Literal, {"type": "string"};
    /// A literal boolean.
    Flag = Leaf::Bool, {"type": "boolean"};
    /// A release, read from its source text, so that 7.10 is not 7.1.
    Release = Leaf::Literal, {"type": ["string", "number"]};
    /// Permission bits, read from their source text, so that 0600 is octal.
    Mode = Leaf::Literal, {"type": ["string", "integer"]};
    /// PostgreSQL's sslmode (libpq, 34.19.3).
    SslMode = Leaf::OneOf(&["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]),
        {"enum": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]};
    /// How services get their AWS credentials.
    Credentials = Leaf::OneOf(&["keys", "role"]), {"enum": ["keys", "role"]};
    /// How mail is encrypted on its way to the server.
    SmtpTls = Leaf::OneOf(&["starttls", "implicit"]), {"enum": ["starttls", "implicit"]};
    /// Where services run when no hosts are named.
    PlacementWord = Leaf::OneOf(&["containers"]), {"enum": ["containers"]};
    /// Which vault program or server answers.
    Backend = Leaf::OneOf(&["connect", "op", "file"]), {"enum": ["connect", "op", "file"]};
    /// A process of RapidPro that a host runs.
    Process = Leaf::OneOf(&["django", "celery", "beat", "courier", "mailroom", "archiver", "indexer"]),
        {"enum": ["django", "celery", "beat", "courier", "mailroom", "archiver", "indexer"]};
}

/// A scalar that may also be a reference, as a string or as a `{ref: …}` map. The schema is one definition that all its
/// keys share, without a description: each key has its own.
macro_rules! referable {
    ($($(#[$doc:meta])* $name:ident = $leaf:expr, $schema:tt;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl Shaped for $name {
            const SHAPE: Shape = Shape::Leaf($leaf);
        }
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let mut schema = json_schema!($schema);
                schema.insert("required".into(), json!(["ref"]));
                schema.insert("properties".into(), ref_keys(generator));
                schema.insert("additionalProperties".into(), json!(false));
                schema
            }
        }
    )*};
}

referable! {
    /// Text.
    Text = Leaf::Text, {"type": ["string", "object"]};
    /// A secret: a reference.
    SecretText = Leaf::Secret, {"type": ["string", "object"]};
    /// A host name or address.
    Host = Leaf::Host, {"type": ["string", "object"]};
    /// A TCP port.
    Port = Leaf::Port,
        {"type": ["integer", "string", "object"], "minimum": 1, "maximum": 65535, "pattern": REFERENCE_OR_TEMPLATE};
    /// A URL.
    Url = Leaf::Url, {"type": ["string", "object"]};
    /// A whole number.
    Int = Leaf::Int, {"type": ["integer", "string", "object"], "pattern": REFERENCE_OR_TEMPLATE};
    /// A boolean.
    Bool = Leaf::Bool, {"type": ["boolean", "string", "object"], "pattern": REFERENCE_OR_TEMPLATE};
}

/// The keys of a `{ref: …}` map.
fn ref_keys(generator: &mut SchemaGenerator) -> Value {
    json!({
        "ref": generator.subschema_for::<Reference>(),
        "optional": {"type": "boolean", "description": "Whether nothing is written when the vault lacks it."},
    })
}

shape! {
    /// A reference in parts, for names that a URI would have to encode.
    ReferenceParts {
        /// Name of the vault.
        vault: Literal,
        /// Name of the item.
        item: Literal,
        /// Name of the field's section.
        section: Literal,
        /// Name of the field.
        field: Literal,
    }
}

/// A reference, whole or in parts.
struct Reference;

impl JsonSchema for Reference {
    fn schema_name() -> Cow<'static, str> {
        "Reference".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = ReferenceParts::json_schema(generator);
        schema.insert("type".into(), json!(["string", "object"]));
        schema
    }
}

/// A setting's value. Only its references and Python expressions have a structure; its type is the catalog's matter.
pub struct SettingValue;

impl Shaped for SettingValue {
    const SHAPE: Shape = Shape::Any;
}

impl JsonSchema for SettingValue {
    fn schema_name() -> Cow<'static, str> {
        "Setting".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let inner = generator.subschema_for::<Self>();
        json_schema!({
            "items": inner,
            "additionalProperties": inner,
            "dependentSchemas": {
                "ref": {"properties": ref_keys(generator), "additionalProperties": false},
                "python": {
                    "properties": {
                        "python": {"type": "string", "description": "One Python expression."},
                        "imports": {
                            "type": "array",
                            "items": {"type": "string"},
                            "description": "Import statements that the expression needs.",
                        },
                    },
                    "additionalProperties": false,
                },
            },
        })
    }
}

/// A map with names of the author's own.
pub struct Named<T>(std::marker::PhantomData<T>);

impl<T: Shaped> Shaped for Named<T> {
    const SHAPE: Shape = Shape::Named(&T::SHAPE);
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Named{}", T::schema_name()).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <BTreeMap<String, T>>::json_schema(generator)
    }
}

impl<T: Shaped> Shaped for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
}

/// One word or a list of words.
pub struct Words;

impl Shaped for Words {
    const SHAPE: Shape = Shape::Any;
}

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "array"], "items": {"type": "string"}})
    }
}
