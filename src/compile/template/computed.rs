//! Templates that do more than place: evaluated by minijinja over known facts, refused where a hole takes part.

use std::collections::BTreeMap;

use minijinja::machinery::ast::{BinOpKind, Expr, Stmt};
use minijinja::{Environment, UndefinedBehavior, Value as Jinja};

use super::{Fault, Scope, Stop, place, range, walk};
use crate::diag::codes;
use crate::model::{Filter, Value, nest};

/// Instructions that one template may take; the longest honest one takes a few dozen.
const FUEL: u64 = 20_000;

/// The template's text.
pub(super) fn template(source: &str, children: &[Stmt<'_>], scope: &mut dyn Scope) -> Result<String, Stop> {
    let known = read(children, scope)?;
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    for name in ["urlencode", "python", "b64encode", "sha256"] {
        if let Some(filter) = Filter::named(name) {
            env.add_filter(name, move |text: String| filter.apply(&text).unwrap_or_default());
        }
    }
    // The error's own text may quote operands; only its place is used.
    env.render_str(source, known).map_err(|_| {
        let help = "place values only: `{{ path }}`, `~` and the filters `urlencode`, `python`, `b64encode`, `sha256`";
        Fault::stop(codes::BAD_TEMPLATE, 0..source.len(), "this template cannot be evaluated", help)
    })
}

/// The facts that a template names, by path; an error where it names a hole, or could run away.
fn read(children: &[Stmt<'_>], scope: &mut dyn Scope) -> Result<Jinja, Stop> {
    let mut facts = BTreeMap::new();
    let mut stop = None;
    if let Some(for_loop) = children.iter().find_map(|child| match child {
        Stmt::ForLoop(for_loop) => Some(range(for_loop.span())),
        Stmt::Macro(block) => Some(range(block.span())),
        _ => None,
    }) {
        let help = "write a list, or a file template under `outputs`";
        return Err(Fault::stop(
            codes::BAD_TEMPLATE,
            for_loop,
            "a setting's template neither loops nor defines macros",
            help,
        ));
    }
    walk::statements(children, &mut |expr| {
        if stop.is_some() {
            return false;
        }
        let inside = visit(expr, scope, &mut facts);
        inside.unwrap_or_else(|why| {
            stop = Some(why);
            false
        })
    });
    match stop {
        Some(stop) => Err(stop),
        None => Ok(nest(facts, &|map| Jinja::from(map))),
    }
}

/// Notes what one expression reads, and answers whether to look inside it.
fn visit(expr: &Expr<'_>, scope: &mut dyn Scope, facts: &mut BTreeMap<String, Jinja>) -> Result<bool, Stop> {
    let at = range(expr.span());
    let decides = |at| {
        let help = "place it: only `~`, `urlencode`, `python`, `b64encode` and `sha256` may touch a value of the vault";
        Fault::stop(codes::SECRET_DECISION, at, "a template decides on a value of the vault", help)
    };
    match expr {
        // A list repeated is built before its fuel is charged (minijinja 3.1: 52 s for 100,000 × 100,000).
        Expr::BinOp(op) if matches!(op.op, BinOpKind::Mul | BinOpKind::Pow) => {
            Err(Fault::stop(codes::BAD_TEMPLATE, at, "a setting's template does not multiply", "write the result"))
        }
        _ if place::is_op(expr) => Err(decides(at)),
        Expr::Call(_) => Err(Fault::stop(
            codes::BAD_TEMPLATE,
            at,
            "`op` is the only function of settings' templates",
            "write `{{ path }}`",
        )),
        _ => match place::path(expr) {
            None => Ok(true),
            Some(path) => match place::named(&path, at.clone(), scope)? {
                Value::Text(_) => Err(decides(at)),
                known => {
                    facts.insert(path, jinja(&known));
                    Ok(false)
                }
            },
        },
    }
}

fn jinja(value: &Value) -> Jinja {
    match value {
        Value::Bool(b) => Jinja::from(*b),
        Value::Int(n) => Jinja::from(*n),
        Value::Float(n) => Jinja::from(*n),
        Value::String(s) => Jinja::from(s.as_str()),
        Value::None
        | Value::List(_)
        | Value::Tuple(_)
        | Value::Map(_)
        | Value::Update { .. }
        | Value::Python(_)
        | Value::Text(_) => Jinja::from(()),
    }
}
