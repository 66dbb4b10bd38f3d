//! Visits every expression of a template.

use minijinja::machinery::ast::{Call, CallArg, Expr, Stmt};

/// Calls `f` on every expression of these statements; `f` answers whether to look inside it.
pub(super) fn statements<'a>(children: &'a [Stmt<'a>], f: &mut dyn FnMut(&'a Expr<'a>) -> bool) {
    for child in children {
        statement(child, f);
    }
}

fn statement<'a>(child: &'a Stmt<'a>, f: &mut dyn FnMut(&'a Expr<'a>) -> bool) {
    match child {
        Stmt::Template(template) => statements(&template.children, f),
        Stmt::EmitExpr(emit) => expression(&emit.expr, f),
        Stmt::EmitRaw(_) => {}
        Stmt::ForLoop(for_loop) => {
            expression(&for_loop.iter, f);
            for_loop.filter_expr.iter().for_each(|expr| expression(expr, f));
            statements(&for_loop.body, f);
            statements(&for_loop.else_body, f);
        }
        Stmt::IfCond(condition) => {
            expression(&condition.expr, f);
            statements(&condition.true_body, f);
            statements(&condition.false_body, f);
        }
        Stmt::WithBlock(with) => {
            with.assignments.iter().for_each(|(_, value)| expression(value, f));
            statements(&with.body, f);
        }
        Stmt::Set(set) => expression(&set.expr, f),
        Stmt::SetBlock(set) => {
            set.filter.iter().for_each(|expr| expression(expr, f));
            statements(&set.body, f);
        }
        Stmt::AutoEscape(block) => {
            expression(&block.enabled, f);
            statements(&block.body, f);
        }
        Stmt::FilterBlock(block) => {
            expression(&block.filter, f);
            statements(&block.body, f);
        }
        Stmt::Macro(declaration) => {
            declaration.defaults.iter().for_each(|expr| expression(expr, f));
            statements(&declaration.body, f);
        }
        Stmt::CallBlock(block) => {
            call(&block.call, f);
            statements(&block.macro_decl.body, f);
        }
        Stmt::Do(block) => call(&block.call, f),
    }
}

/// Calls `f` on an expression and on those inside it.
pub(super) fn expression<'a>(expr: &'a Expr<'a>, f: &mut dyn FnMut(&'a Expr<'a>) -> bool) {
    if !f(expr) {
        return;
    }
    match expr {
        Expr::Var(_) | Expr::Const(_) => {}
        Expr::Slice(slice) => {
            expression(&slice.expr, f);
            [&slice.start, &slice.stop, &slice.step].into_iter().flatten().for_each(|expr| expression(expr, f));
        }
        Expr::UnaryOp(op) => expression(&op.expr, f),
        Expr::BinOp(op) => {
            expression(&op.left, f);
            expression(&op.right, f);
        }
        Expr::Compare(compare) => {
            expression(&compare.expr, f);
            compare.ops.iter().for_each(|op| expression(&op.expr, f));
        }
        Expr::IfExpr(condition) => {
            expression(&condition.test_expr, f);
            expression(&condition.true_expr, f);
            condition.false_expr.iter().for_each(|expr| expression(expr, f));
        }
        Expr::Filter(filter) => {
            filter.expr.iter().for_each(|expr| expression(expr, f));
            arguments(&filter.args, f);
        }
        Expr::Test(test) => {
            expression(&test.expr, f);
            arguments(&test.args, f);
        }
        Expr::GetAttr(attr) => expression(&attr.expr, f),
        Expr::GetItem(item) => {
            expression(&item.expr, f);
            expression(&item.subscript_expr, f);
        }
        Expr::Call(inner) => call(inner, f),
        Expr::List(list) => list.items.iter().for_each(|expr| expression(expr, f)),
        Expr::Tuple(tuple) => tuple.items.iter().for_each(|expr| expression(expr, f)),
        Expr::Map(map) => map.keys.iter().chain(&map.values).for_each(|expr| expression(expr, f)),
    }
}

fn call<'a>(call: &'a Call<'a>, f: &mut dyn FnMut(&'a Expr<'a>) -> bool) {
    expression(&call.expr, f);
    arguments(&call.args, f);
}

fn arguments<'a>(args: &'a [CallArg<'a>], f: &mut dyn FnMut(&'a Expr<'a>) -> bool) {
    for arg in args {
        match arg {
            CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr) => {
                expression(expr, f);
            }
        }
    }
}
