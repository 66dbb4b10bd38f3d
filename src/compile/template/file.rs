//! File templates: what one names, so that its secrets are fetched with all others. It is rendered at link.

use minijinja::machinery::ast::{CallArg, Expr, Stmt};
use minijinja::machinery::parse;

use super::{Fault, place, range, walk};
use crate::diag::codes;

/// What a file template names.
#[derive(Debug, Default, PartialEq)]
pub struct Named {
    /// Dotted paths, in the order of the text.
    pub paths: Vec<String>,
    /// The arguments of `op("…")`.
    pub references: Vec<String>,
}

/// What a file template names; a fault where it cannot be read, or asks the vault for what is not literal.
pub fn named_in_file(source: &str) -> Result<Named, Fault> {
    let fault = |range, message: &str, help: &str| Fault {
        code: codes::BAD_TEMPLATE,
        message: message.to_string(),
        help: Some(help.to_string()),
        range,
    };
    let tree = parse(source, "file", Default::default()).map_err(|error| {
        fault(error.range().unwrap_or(0..source.len()), "the template cannot be read", "check its braces and blocks")
    })?;
    let mut named = Named::default();
    let mut first_fault = None;
    let Stmt::Template(template) = &tree else { return Ok(named) };
    walk::statements(&template.children, &mut |expr| match literal_op(expr) {
        Some(Ok(reference)) => {
            named.references.push(reference);
            false
        }
        Some(Err(())) => {
            let help = "write `op(\"op://vault/item/field\")`: the vault is asked once, before anything is rendered";
            first_fault.get_or_insert_with(|| fault(range(expr.span()), "`op` takes one literal reference", help));
            false
        }
        None => match place::path(expr) {
            Some(path) => {
                named.paths.push(path);
                false
            }
            None => true,
        },
    });
    first_fault.map_or(Ok(named), Err)
}

fn literal_op(expr: &Expr<'_>) -> Option<Result<String, ()>> {
    if !place::is_op(expr) {
        return None;
    }
    let Expr::Call(call) = expr else { return Some(Err(())) };
    match call.args.as_slice() {
        [CallArg::Pos(Expr::Const(constant))] => Some(constant.value.as_str().map(str::to_string).ok_or(())),
        _ => Some(Err(())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_everywhere() {
        let named = named_in_file(
            "{% for u in upstreams.courier %}{{ u }}{% endfor %}{{ op('op://v/i/f') }}{{ resources.redis.host }}",
        );
        let named = named.unwrap_or_default();
        assert_eq!(named.references, ["op://v/i/f"]);
        assert!(named.paths.contains(&"upstreams.courier".to_string()));
        assert!(named.paths.contains(&"resources.redis.host".to_string()));
        assert!(named_in_file("{{ op(x) }}").is_err());
        assert!(named_in_file("{{").is_err());
    }
}
