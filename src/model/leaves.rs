//! The scalar types of a document, as the JSON Schema and the compiler see them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::shape::{Leaf, Shape, Shaped};

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
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let schema = json_schema!($schema);
                if $leaf.is_literal() { schema } else { or_reference(schema) }
            }
        }
    )*};
}

/// What is not literal may also be written as `{ref: {vault: …, item: …, field: …}}`.
fn or_reference(mut schema: Schema) -> Schema {
    if let Some(kind) = schema.remove("type") {
        let mut kinds = kind.as_array().cloned().unwrap_or_else(|| vec![kind]);
        kinds.push("object".into());
        schema.insert("type".into(), kinds.into());
        schema.insert(
            "properties".into(),
            serde_json::json!({"ref": {"type": ["object", "string"]}, "optional": {"type": "boolean"}}),
        );
        schema.insert("required".into(), serde_json::json!(["ref"]));
        schema.insert("additionalProperties".into(), false.into());
    }
    schema
}

leaf! {
    /// Text.
    Text = Leaf::Text, {"type": "string"};
    /// A secret: a reference.
    SecretText = Leaf::Secret, {"type": "string"};
    /// A host name or address.
    Host = Leaf::Host, {"type": "string"};
    /// A TCP port.
    Port = Leaf::Port, {"type": ["integer", "string"], "minimum": 1, "maximum": 65535, "pattern": REFERENCE_OR_TEMPLATE};
    /// A URL.
    Url = Leaf::Url, {"type": "string"};
    /// A whole number.
    Int = Leaf::Int, {"type": ["integer", "string"], "pattern": REFERENCE_OR_TEMPLATE};
    /// A boolean.
    Bool = Leaf::Bool, {"type": ["boolean", "string"], "pattern": REFERENCE_OR_TEMPLATE};
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

/// Anything at all; its own stage judges it.
pub struct Anything;

impl Shaped for Anything {
    const SHAPE: Shape = Shape::Any;
}

impl JsonSchema for Anything {
    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }
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
