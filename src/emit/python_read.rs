//! Reads a settings module without running it: literals as values, anything else as the source of an expression.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Alias, Expr, Number, Stmt, StmtAssign, UnaryOp};
use ruff_python_parser::parse_module;

use super::ReadError;
use crate::model::{Filled, Python, with_room};

/// Every `NAME = value` of the module. A container that holds an expression is one expression as a whole. Statements
/// other than these and imports are refused: what they do to a name is known only to who runs them.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<(String, Filled)>, ReadError> {
    let source = std::str::from_utf8(bytes).map_err(|_| ReadError { line: 1, reason: "not UTF-8" })?;
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    with_room(source, module).map_err(|_| ReadError { line: 1, reason: "more than a megabyte of Python" })?
}

fn module(source: &str) -> Result<Vec<(String, Filled)>, ReadError> {
    let error =
        |at: usize, reason| ReadError { line: 1 + source.bytes().take(at).filter(|b| *b == b'\n').count(), reason };
    let parsed = parse_module(source).map_err(|fault| error(fault.location.start().to_usize(), "not Python"))?;
    let (mut imports, mut found) = (vec![], vec![]);
    let mut seen = 0;
    for statement in parsed.suite() {
        let range = match statement {
            Stmt::Import(import) => import.range,
            Stmt::ImportFrom(import) => import.range,
            Stmt::Assign(assign) => assign.range,
            Stmt::Expr(expr) if variable(&expr.value).is_some() => expr.range,
            _ => return Err(error(statement_after(source, seen), "a statement that is neither import nor assignment")),
        };
        seen = range.end().to_usize();
        let text = source.get(range.start().to_usize()..seen).unwrap_or_default();
        match statement {
            Stmt::Import(import) => imports.push(Import::new(text, &import.names)),
            Stmt::ImportFrom(import) => imports.push(Import::new(text, &import.names)),
            Stmt::Assign(assign) => found.push(
                assignment(assign, text, &imports)
                    .ok_or_else(|| error(range.start().to_usize(), "an assignment to something else than one name"))?,
            ),
            Stmt::Expr(expr) => found.extend(variable(&expr.value)),
            _ => {}
        }
    }
    Ok(found)
}

/// The name and value of `os.environ.setdefault("NAME", "value")`.
fn variable(expr: &Expr) -> Option<(String, Filled)> {
    let Expr::Call(call) = expr else { return None };
    let Expr::Attribute(setdefault) = call.func.as_ref() else { return None };
    let Expr::Attribute(environ) = setdefault.value.as_ref() else { return None };
    let Expr::Name(os) = environ.value.as_ref() else { return None };
    let named = (os.id.as_str(), environ.attr.as_str(), setdefault.attr.as_str()) == ("os", "environ", "setdefault");
    match (call.arguments.args.as_ref(), call.arguments.keywords.as_ref()) {
        ([Expr::StringLiteral(name), text @ Expr::StringLiteral(_)], []) if named => {
            Some((name.value.to_str().to_string(), value(text)?))
        }
        _ => None,
    }
}

/// Where the statement behind `seen` begins: comments and blank lines are skipped.
fn statement_after(source: &str, seen: usize) -> usize {
    let mut at = seen;
    for line in source.get(seen..).unwrap_or_default().split_inclusive('\n') {
        let text = line.trim();
        if !text.is_empty() && !text.starts_with('#') {
            break;
        }
        at += line.len();
    }
    at
}

/// An import, and the names that it defines.
struct Import {
    text: String,
    names: Vec<String>,
}

impl Import {
    fn new(text: &str, aliases: &[Alias]) -> Self {
        let bound = |alias: &Alias| {
            let whole = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
            whole.split('.').next().unwrap_or(whole).to_string()
        };
        Self { text: text.to_string(), names: aliases.iter().map(bound).collect() }
    }
}

fn assignment(assign: &StmtAssign, text: &str, imports: &[Import]) -> Option<(String, Filled)> {
    let [Expr::Name(target)] = assign.targets.as_slice() else { return None };
    let name = target.id.as_str();
    let value = value(&assign.value).unwrap_or_else(|| {
        let code = text.strip_prefix(name).unwrap_or(text).trim_start().strip_prefix('=').unwrap_or(text).trim();
        // The brackets that this crate writes around an expression are none of its own.
        let code = code.strip_prefix("(\n").and_then(|code| code.strip_suffix("\n)")).unwrap_or(code).trim();
        let mut used = Names::default();
        used.visit_expr(&assign.value);
        let needed = imports.iter().filter(|import| import.names.iter().any(|name| used.0.contains(name.as_str())));
        Filled::Python(Python { code: code.to_string(), imports: needed.map(|import| import.text.clone()).collect() })
    });
    Some((name.to_string(), value))
}

/// The value of a literal.
fn value(expr: &Expr) -> Option<Filled> {
    Some(match expr {
        Expr::NoneLiteral(_) => Filled::None,
        Expr::BooleanLiteral(literal) => Filled::Bool(literal.value),
        Expr::StringLiteral(literal) => Filled::string(literal.value.to_str()),
        Expr::NumberLiteral(_) => number(expr, false)?,
        Expr::UnaryOp(unary) if unary.op == UnaryOp::USub => number(&unary.operand, true)?,
        Expr::List(list) => Filled::List(list.elts.iter().map(value).collect::<Option<_>>()?),
        Expr::Tuple(tuple) => Filled::Tuple(tuple.elts.iter().map(value).collect::<Option<_>>()?),
        Expr::Dict(dict) => {
            let entry = |item: &ruff_python_ast::DictItem| match item.key.as_ref()? {
                Expr::StringLiteral(key) => Some((key.value.to_str().to_string(), value(&item.value)?)),
                _ => None,
            };
            Filled::Map(dict.items.iter().map(entry).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

fn number(expr: &Expr, negative: bool) -> Option<Filled> {
    let Expr::NumberLiteral(literal) = expr else { return None };
    match &literal.value {
        Number::Int(int) => {
            let magnitude = i128::from(int.as_u64()?);
            i64::try_from(if negative { -magnitude } else { magnitude }).ok().map(Filled::Int)
        }
        Number::Float(n) => Some(Filled::Float(if negative { -n } else { *n })),
        Number::Complex { .. } => None,
    }
}

#[derive(Default)]
struct Names<'a>(BTreeSet<&'a str>);

impl<'a> Visitor<'a> for Names<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr {
            self.0.insert(name.id.as_str());
        }
        walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expect: Result<Vec<(&str, Filled)>, (usize, &str)>) {
        let got = read(source.as_bytes()).map_err(|error| (error.line, error.reason));
        match (got, expect) {
            (Ok(got), Ok(want)) => {
                let want: Vec<_> = want.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
                assert!(got == want, "{source}");
            }
            (Err((line, reason)), Err((want, part))) => assert!(line == want && reason.contains(part), "{source}"),
            (got, _) => panic!("{source}: {:?}", got.map(|found| found.len())),
        }
    }

    fn python(code: &str, imports: &[&str]) -> Filled {
        Filled::Python(Python { code: code.to_string(), imports: imports.iter().map(|i| i.to_string()).collect() })
    }

    #[test]
    fn reads_values() {
        check("# c\nfrom .settings_common import *\nA = 'x' \"y\"  # c\n", Ok(vec![("A", Filled::string("xy"))]));
        check("A = -9223372036854775808", Ok(vec![("A", Filled::Int(i64::MIN))]));
        check("A = -0.5\nA = None", Ok(vec![("A", Filled::Float(-0.5)), ("A", Filled::None)]));
        check("A = ((True,), {'a': []})", {
            let one = Filled::Tuple(vec![Filled::Bool(true)]);
            Ok(vec![("A", Filled::Tuple(vec![one, Filled::Map(vec![("a".to_string(), Filled::List(vec![]))])]))])
        });
    }

    #[test]
    fn reads_expressions_with_the_imports_that_they_use() {
        let source =
            "import os.path\nimport re as r\nfrom datetime import timedelta\nA = (\n    timedelta(os.x)  # c\n)\n";
        check(
            source,
            Ok(vec![("A", python("timedelta(os.x)  # c", &["import os.path", "from datetime import timedelta"]))]),
        );
        check("A = [1, *B]", Ok(vec![("A", python("[1, *B]", &[]))]));
        check("A = 9223372036854775808", Ok(vec![("A", python("9223372036854775808", &[]))]));
    }

    #[test]
    fn refuses_what_must_be_run() {
        check("A = 1\n\n# c\nif A:\n    B = 1\n", Err((4, "neither import nor assignment")));
        check("A = B = 1", Err((1, "something else than one name")));
        check("A = 1\nA[0] = 1", Err((2, "something else than one name")));
        check("A = '", Err((1, "not Python")));
        check(&"-".repeat(2 << 20), Err((1, "a megabyte")));
        check(&format!("A = {}1", "-".repeat(100_000)), Ok(vec![("A", python(&("-".repeat(100_000) + "1"), &[]))]));
    }
}
