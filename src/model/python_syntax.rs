//! What Python itself says about a piece of Python: one expression, one import, one string literal.
//!
//! The parser is ruff's, so nothing is run and no interpreter is needed. It accepts `1 # comment`: who writes an
//! expression into a file must end its line (see [`fits_one_line`]).

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Stmt};
use ruff_python_parser::{parse_expression, parse_module};

/// Why a piece of Python cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PythonError {
    /// It cannot be parsed.
    #[error("not a Python expression: {message}")]
    Expression {
        /// What the parser says.
        message: String,
        /// The byte at which it says so.
        at: usize,
    },
    /// Longer than [`LONGEST`].
    #[error("more than a megabyte of Python")]
    Long,
    /// It would suspend a function, and a settings module is none.
    #[error("`yield` and `await` stand only in functions")]
    Suspends,
    /// It cannot be parsed as an import, or is more than one statement or another one.
    #[error("one import is `import x` or `from x import y`")]
    Import,
    /// `from x import *` hides which names it defines, so it could replace a setting.
    #[error("an import names what it imports, it has no `*`")]
    Star,
    /// Imports from `__future__` must be the first statements of a module.
    #[error("`__future__` can be imported at the top of a module only")]
    Future,
}

/// The most bytes of Python that are looked at.
const LONGEST: usize = 1 << 20;

/// Runs `read`, which parses `code`, where there is stack enough: ruff's syntax trees are walked and dropped by
/// recursion, so that `-` written 65,536 times overflows a thread of 32 MiB in a debug build and not one of 64.
/// What `read` returns must not be the tree itself.
pub fn with_room<T: Send>(code: &str, read: impl FnOnce(&str) -> T + Send) -> Result<T, PythonError> {
    const INLINE: usize = 512;
    const STACK_PER_BYTE: usize = 1 << 10;
    if code.len() <= INLINE {
        return Ok(read(code));
    }
    if code.len() > LONGEST {
        return Err(PythonError::Long);
    }
    let stack = (code.len() + INLINE) * STACK_PER_BYTE;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, || read(code));
        thread.ok().and_then(|thread| thread.join().ok()).ok_or(PythonError::Long)
    })
}

/// Checks that `code` is exactly one expression and no statement.
pub fn check_expression(code: &str) -> Result<(), PythonError> {
    with_room(code, expression)?
}

fn expression(code: &str) -> Result<(), PythonError> {
    let parsed = parse_expression(code).map_err(|error| PythonError::Expression {
        message: error.error.to_string(),
        at: error.location.start().to_usize(),
    })?;
    let mut finder = Suspension { found: false };
    finder.visit_expr(parsed.expr());
    if finder.found { Err(PythonError::Suspends) } else { Ok(()) }
}

/// Checks that `line` is exactly one import of named things.
pub fn check_import(line: &str) -> Result<(), PythonError> {
    with_room(line, import)?
}

fn import(line: &str) -> Result<(), PythonError> {
    let parsed = parse_module(line).map_err(|_| PythonError::Import)?;
    match parsed.suite().as_slice() {
        [Stmt::Import(import)] if !import.is_lazy => Ok(()),
        [Stmt::ImportFrom(import)] if !import.is_lazy => {
            if import.names.iter().any(|alias| alias.name.as_str() == "*") {
                return Err(PythonError::Star);
            }
            let future = import.module.as_ref().is_some_and(|module| module.as_str() == "__future__");
            if future { Err(PythonError::Future) } else { Ok(()) }
        }
        _ => Err(PythonError::Import),
    }
}

/// Whether `name` can be assigned to: an ASCII identifier that is no keyword.
pub fn is_assignable(name: &str) -> bool {
    let identifier = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    identifier && parse_module(&format!("{name} = 0\n")).is_ok()
}

/// Whether an expression can follow `NAME = `, or stand in a list, on one line and without brackets around it: neither
/// its end nor a comma or a comment in it then changes what stands around it.
pub fn fits_one_line(code: &str) -> bool {
    let single = !code.contains(['\n', '\r', '\x0c', '#']) && !code.ends_with('\\');
    let closed = |expr: &Expr| {
        matches!(
            expr,
            Expr::Name(_)
                | Expr::Attribute(_)
                | Expr::Call(_)
                | Expr::Subscript(_)
                | Expr::BinOp(_)
                | Expr::UnaryOp(_)
                | Expr::BoolOp(_)
                | Expr::Compare(_)
                | Expr::List(_)
                | Expr::Dict(_)
                | Expr::Set(_)
                | Expr::ListComp(_)
                | Expr::DictComp(_)
                | Expr::SetComp(_)
                | Expr::StringLiteral(_)
                | Expr::BytesLiteral(_)
                | Expr::FString(_)
                | Expr::NumberLiteral(_)
                | Expr::BooleanLiteral(_)
                | Expr::NoneLiteral(_)
        )
    };
    single && with_room(code, |code| parse_expression(code).is_ok_and(|parsed| closed(parsed.expr()))).unwrap_or(false)
}

/// A Python string literal, in ASCII: every string there is comes back from it, whatever reads the file.
pub fn string_literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            ' '..='~' => literal.push(c),
            '\0'..='\u{ff}' => literal.push_str(&format!("\\x{:02x}", u32::from(c))),
            '\0'..='\u{ffff}' => literal.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => literal.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    literal.push('"');
    literal
}

struct Suspension {
    found: bool,
}

impl<'a> Visitor<'a> for Suspension {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Await(_) => self.found = true,
            // A lambda is a function, in which both may stand.
            Expr::Lambda(_) => {}
            _ => walk_expr(self, expr),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expect: Result<(), &str>) {
        let got = check_expression(code).map_err(|error| error.to_string());
        match (&got, expect) {
            (Ok(()), Ok(())) => {}
            (Err(message), Err(part)) if message.contains(part) => {}
            _ => panic!("{code:?}: {got:?} instead of {expect:?}"),
        }
    }

    #[test]
    fn expressions() {
        check("timedelta(days=14)", Ok(()));
        check("1  # why", Ok(()));
        check("{**A, 'x': 1}", Ok(()));
        check("lambda: (yield)", Ok(()));
        check("", Err("not a Python expression"));
        check("1; import os", Err("not a Python expression"));
        check("1\nimport os", Err("not a Python expression"));
        check("1 # c\rimport os", Err("not a Python expression"));
        check("1) + (2", Err("not a Python expression"));
        check("'''", Err("not a Python expression"));
        check("x = 1", Err("not a Python expression"));
        check("[(yield)]", Err("only in functions"));
        check("await x", Err("only in functions"));
        check(&"[".repeat(100_000), Err("not a Python expression"));
        check(&("-".repeat(100_000) + "1"), Ok(()));
        check(&("1+".repeat(50_000) + "1"), Ok(()));
        check(&" ".repeat(LONGEST), Err("not a Python expression"));
        check(&" ".repeat(LONGEST + 1), Err("more than a megabyte"));
    }

    #[test]
    fn an_error_has_its_place() {
        let error = check_expression("f(1, 2").unwrap_err();
        assert!(matches!(error, PythonError::Expression { at: 6, .. }), "{error:?}");
    }

    #[test]
    fn imports() {
        let check = |line: &str, expect| assert_eq!(check_import(line), expect, "{line}");
        check("import os", Ok(()));
        check("import os.path as p", Ok(()));
        check("from datetime import (\n    date,\n    timedelta,\n)", Ok(()));
        check("from .settings_common import INSTALLED_APPS  # why", Ok(()));
        check("from x import *", Err(PythonError::Star));
        check("from __future__ import annotations", Err(PythonError::Future));
        check("lazy import os", Err(PythonError::Import));
        check("import os; print(1)", Err(PythonError::Import));
        check("import os\nprint(1)", Err(PythonError::Import));
        check("print(1)", Err(PythonError::Import));
        check("", Err(PythonError::Import));
        check("import", Err(PythonError::Import));
    }

    #[test]
    fn names() {
        for name in ["DEBUG", "_x", "match", "A1"] {
            assert!(is_assignable(name), "{name}");
        }
        for name in ["", "1A", "None", "class", "A.B", "A B", "A = B", "é", "A\nB"] {
            assert!(!is_assignable(name), "{name}");
        }
    }

    #[test]
    fn one_line_or_brackets() {
        for code in ["timedelta(days=14)", "A + B", "[x for x in A]", "not A"] {
            assert!(fits_one_line(code), "{code}");
        }
        for code in ["1, 2", "x := 1", "1 # c", "f(\n1)", "lambda: 1", "1 \\", "1 if A else 2"] {
            assert!(!fits_one_line(code), "{code}");
        }
    }

    #[test]
    fn literals() {
        let check = |text: &str, expect: &str| assert_eq!(string_literal(text), expect);
        check("", r#""""#);
        check("it's \"q\" \\", r#""it's \"q\" \\""#);
        check("\n\r\t\0\u{7f}\u{e9}", r#""\n\r\t\x00\x7f\xe9""#);
        check("\u{2028}\u{feff}\u{1f600}", r#""\u2028\ufeff\U0001f600""#);
    }
}
