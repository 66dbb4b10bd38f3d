//! Templates that only place: their expressions become parts of a text, one to one.

use minijinja::machinery::ast::{CallArg, Expr, Stmt};

use super::{Fault, Found, Scope, Stop, range};
use crate::diag::{Span, codes};
use crate::model::{Builder, Filter, Hole, Part, Reference};

/// The parts of a template, or `None` when something in it does more than place.
pub(super) fn template(children: &[Stmt<'_>], span: Span, scope: &mut dyn Scope) -> Result<Option<Vec<Part>>, Stop> {
    let places = |child: &Stmt<'_>| match child {
        Stmt::EmitRaw(_) => true,
        Stmt::EmitExpr(emit) => only_places(&emit.expr),
        _ => false,
    };
    if !children.iter().all(places) {
        return Ok(None);
    }
    let mut builder = Builder::default();
    for child in children {
        match child {
            Stmt::EmitRaw(raw) => {
                builder.known(raw.raw);
            }
            Stmt::EmitExpr(emit) => expression(&emit.expr, span, scope, &mut builder)?,
            _ => {}
        }
    }
    Ok(Some(builder.into_parts()))
}

fn only_places(expr: &Expr<'_>) -> bool {
    match expr {
        Expr::Const(_) => true,
        Expr::Var(_) | Expr::GetAttr(_) | Expr::GetItem(_) => path(expr).is_some(),
        Expr::Call(_) => is_op(expr),
        Expr::Filter(filter) => filter.expr.as_ref().is_some_and(only_places),
        Expr::BinOp(op) => is_concat(expr) && only_places(&op.left) && only_places(&op.right),
        _ => false,
    }
}

fn is_concat(expr: &Expr<'_>) -> bool {
    matches!(expr, Expr::BinOp(op) if matches!(op.op, minijinja::machinery::ast::BinOpKind::Concat))
}

/// Whether an expression is a call of `op`.
pub(super) fn is_op(expr: &Expr<'_>) -> bool {
    matches!(expr, Expr::Call(call) if matches!(&call.expr, Expr::Var(var) if var.id == "op"))
}

/// The dotted path that an expression names: `a.b` and `a['b']`.
pub(super) fn path(expr: &Expr<'_>) -> Option<String> {
    match expr {
        Expr::Var(var) => Some(var.id.to_string()),
        Expr::GetAttr(attr) => Some(format!("{}.{}", path(&attr.expr)?, attr.name)),
        Expr::GetItem(item) => match &item.subscript_expr {
            Expr::Const(key) => Some(format!("{}.{}", path(&item.expr)?, key.value.as_str()?)),
            _ => None,
        },
        _ => None,
    }
}

fn expression(expr: &Expr<'_>, span: Span, scope: &mut dyn Scope, builder: &mut Builder) -> Result<(), Stop> {
    let at = range(expr.span());
    match expr {
        Expr::Const(constant) => {
            builder.known(&constant.value.to_string());
        }
        Expr::Call(_) => {
            let hole = call_of_op(expr, span)?;
            builder.parts(vec![hole], &[]).map_err(|_| Stop::Broken)?;
        }
        Expr::Filter(filter) => {
            let known = Filter::named(filter.name).filter(|_| filter.args.is_empty());
            let Some(named) = known else {
                let message = format!("`{}` is no filter of settings' templates", filter.name);
                return Err(Fault::stop(
                    codes::BAD_TEMPLATE,
                    at,
                    message,
                    "use `urlencode`, `python`, `b64encode` or `sha256`",
                ));
            };
            let mut inner = Builder::default();
            if let Some(inside) = &filter.expr {
                expression(inside, span, scope, &mut inner)?;
            }
            builder.parts(inner.into_parts(), &[named]).map_err(|_| Stop::Broken)?;
        }
        Expr::BinOp(op) => {
            expression(&op.left, span, scope, builder)?;
            expression(&op.right, span, scope, builder)?;
        }
        _ => {
            let Some(path) = path(expr) else { return Err(Stop::Broken) };
            let value = named(&path, at, scope)?;
            builder.value(&value, &[]).map_err(|_| Stop::Broken)?;
        }
    }
    Ok(())
}

/// The value that a path names.
pub(super) fn named(
    path: &str,
    at: std::ops::Range<usize>,
    scope: &mut dyn Scope,
) -> Result<crate::model::Value, Stop> {
    match scope.find(path) {
        Found::Value(value) => Ok(value),
        Found::Broken => Err(Stop::Broken),
        Found::Group => Err(Fault::stop(
            codes::UNDEFINED,
            at,
            format!("`{path}` is a group of values, and a template places one"),
            "name one value in it, as in `{{ resources.redis.port }}`",
        )),
        Found::Absent => {
            let help = match scope.like(path).as_slice() {
                [] => "name a fact of the document: `domain`, `hosts.…`, `resources.…` or `service.…`".to_string(),
                [near, ..] => format!("did you mean `{near}`?"),
            };
            Err(Fault::stop(codes::UNDEFINED, at, format!("`{path}` is not set"), &help))
        }
    }
}

/// The hole of `op("…")`.
fn call_of_op(expr: &Expr<'_>, span: Span) -> Result<Part, Stop> {
    let at = range(expr.span());
    let literal = match expr {
        Expr::Call(call) => match call.args.as_slice() {
            [CallArg::Pos(Expr::Const(constant))] => constant.value.as_str().map(str::to_string),
            _ => None,
        },
        _ => None,
    };
    let Some(literal) = literal else {
        let help = "write `op(\"op://vault/item/field\")`, so that the vault can be asked before anything is rendered";
        return Err(Fault::stop(codes::BAD_TEMPLATE, at, "`op` takes one literal reference", help));
    };
    let reference = Reference::parse(&literal)
        .map_err(|why| Fault::stop(codes::BAD_REFERENCE, at, why.to_string(), "write `op://vault/item/field`"))?;
    Ok(Part::Hole(Hole { reference, span, filters: vec![], optional: false }))
}
