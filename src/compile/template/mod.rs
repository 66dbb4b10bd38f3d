//! A setting's template: text around `{{ }}` that places facts and secrets, and never decides on a secret.
//!
//! minijinja's own parser gives the tree. What only places (paths, `op("…")`, the four filters, `~`) becomes parts of a
//! text directly, holes included. Anything else, a comparison or a block, is allowed as long as no hole is touched; it
//! is then evaluated by minijinja with bounded fuel over the known facts that it names.

mod computed;
mod file;
mod place;
mod walk;

pub use file::named_in_file;

use std::ops::Range;

use minijinja::machinery::{self, ast::Stmt, parse};

use crate::diag::{Code, Span, codes};
use crate::model::{Part, Value};

/// What a path in a template leads to.
#[derive(Debug, Clone)]
pub enum Found {
    /// A value, possibly with holes.
    Value(Value),
    /// A map or a list, which a template cannot place.
    Group,
    /// Nothing stands there.
    Absent,
    /// Something stands there that is already reported.
    Broken,
}

/// What a template may read.
pub trait Scope {
    /// The value at a path such as `resources.redis.port`.
    fn find(&mut self, path: &str) -> Found;
    /// Names like this one that could have been meant.
    fn like(&self, path: &str) -> Vec<String>;
}

/// Why a template gives no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// It is wrong.
    Fault(Fault),
    /// It reads something that is already reported.
    Broken,
}

/// What is wrong with a template, and where in its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The kind of finding.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Bytes of the template's text.
    pub range: Range<usize>,
}

impl Fault {
    fn stop(code: Code, range: Range<usize>, message: impl Into<String>, help: &str) -> Stop {
        let help = Some(help.to_string()).filter(|help| !help.is_empty());
        Stop::Fault(Fault { code, message: message.into(), help, range })
    }
}

/// The parts of a template's text. `span` is where it stands: the place of the holes that it makes.
pub fn compile(source: &str, span: Span, scope: &mut dyn Scope) -> Result<Vec<Part>, Stop> {
    // The error's own text may quote operands; only its kind and its place are used.
    let tree = parse(source, "value", Default::default()).map_err(|error| {
        let range = error.range().unwrap_or(0..source.len());
        Fault::stop(
            codes::BAD_TEMPLATE,
            range,
            "this template cannot be read",
            "write `{{ path }}`, for instance `{{ domain }}`",
        )
    })?;
    let Stmt::Template(template) = tree else { return Ok(vec![Part::Known(source.to_string())]) };
    match place::template(&template.children, span, scope)? {
        Some(parts) => Ok(parts),
        None => computed::template(source, &template.children, scope).map(|text| vec![Part::Known(text)]),
    }
}

fn range(span: machinery::Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FileId;
    use crate::model::{Hole, Reference, Text};

    struct Facts;

    impl Scope for Facts {
        fn find(&mut self, path: &str) -> Found {
            match path {
                "domain" => Found::Value(Value::string("example.org")),
                "resources.redis.port" => Found::Value(Value::Int(6379)),
                "resources.postgres.password" => Found::Value(Value::Text(Text::string(vec![secret()]))),
                "hosts" | "resources" => Found::Group,
                "broken" => Found::Broken,
                _ => Found::Absent,
            }
        }
        fn like(&self, _: &str) -> Vec<String> {
            vec!["domain".into()]
        }
    }

    fn here() -> Span {
        Span::new(FileId(0), 0, 0)
    }

    fn secret() -> Part {
        let reference = Reference::new("v", "pg", "password");
        Part::Hole(Hole { reference, span: here(), filters: vec![], optional: false })
    }

    fn show(parts: &[Part]) -> String {
        parts.iter().fold(String::new(), |out, part| match part {
            Part::Known(text) => out + text,
            Part::Hole(hole) => format!("{out}<{}{:?}>", hole.reference.field, hole.filters),
            Part::Group(parts, filters) => format!("{out}<({}){filters:?}>", show(parts)),
        })
    }

    fn check(source: &str, expect: Result<&str, &str>) {
        let got = compile(source, here(), &mut Facts).map(|parts| show(&parts)).map_err(|stop| match stop {
            Stop::Fault(fault) => format!("{} {}", fault.code, &source[fault.range]),
            Stop::Broken => "broken".to_string(),
        });
        assert_eq!(got, expect.map(str::to_string).map_err(str::to_string), "{source}");
    }

    #[test]
    fn templates_place_facts_and_secrets() {
        check("plain", Ok("plain"));
        check("https://{{ domain }}/x", Ok("https://example.org/x"));
        check("{{ domain ~ ':' ~ resources.redis.port }}", Ok("example.org:6379"));
        check("{{ resources['redis'].port }}", Ok("6379"));
        check("{{ 'a b' | urlencode }}", Ok("a%20b"));
        check("{{ op('op://v/i/f') | urlencode }}", Ok("<f[UrlEncode]>"));
        check(
            "u:{{ resources.postgres.password | urlencode }}@{{ domain }}",
            Ok("u:<password[UrlEncode]>@example.org"),
        );
        check("{{ ('u:' ~ op('op://v/i/f')) | b64encode }}", Ok("<(u:<f[]>)[Base64]>"));
        check("{# nothing #}x", Ok("x"));
    }

    #[test]
    fn what_no_secret_takes_part_in_is_computed() {
        check("{{ 'a' if domain == 'example.org' else 'b' }}", Ok("a"));
        check("{% if resources.redis.port > 6000 %}high{% endif %}", Ok("high"));
        check("{{ domain[0:7] }}", Ok("example"));
    }

    #[test]
    fn templates_never_decide_on_a_secret() {
        for source in [
            "{{ 'x' if op('op://v/i/f') == 'x' else 'y' }}",
            "{% if resources.postgres.password %}x{% endif %}",
            "{{ op('op://v/i/f')[0:2] }}",
            "{{ op('op://v/i/f') is defined }}",
        ] {
            assert!(
                matches!(compile(source, here(), &mut Facts), Err(Stop::Fault(f)) if f.code == codes::SECRET_DECISION),
                "{source}"
            );
        }
    }

    #[test]
    fn faults_have_their_place() {
        check("{{ nothing.here }}", Err("undefined nothing.here"));
        check("x {{ resources }}", Err("undefined resources"));
        check("{{ broken }}", Err("broken"));
        check("{{ domain | upper }}", Err("bad-template upper"));
        check("{{ op(domain) }}", Err("bad-template op(domain)"));
        check("{{ op('op://v/i') }}", Err("bad-reference op('op://v/i')"));
        check("{% for a in [1] %}{{ a }}{% endfor %}", Err("bad-template for a in [1] %}{{ a }}{% endfor"));
        check("{{ ['a' * 100000] * 100000 }}", Err("bad-template ['a' * 100000] * 100000"));
        check("{{ 1 // 0 }}", Err("bad-template {{ 1 // 0 }}"));
        assert!(
            matches!(compile("{{ domain", here(), &mut Facts), Err(Stop::Fault(f)) if f.code == codes::BAD_TEMPLATE)
        );
    }
}
