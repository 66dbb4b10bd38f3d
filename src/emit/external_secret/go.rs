//! Texts with holes as Go templates, in the functions that the operator gives them (sprig's).

use std::collections::BTreeSet;

use super::remote::Remotes;
use crate::emit::kubernetes::short;
use crate::emit::yaml::quoted as literal;
use crate::model::{Becomes, Filter, Hole, Part, Text};

/// The templates of one manifest.
pub(super) struct Templates {
    remotes: Remotes,
    guards: BTreeSet<String>,
}

/// A host, as link's filter takes it: an IPv6 address has two colons, where `db:80` has one.
const HOST: &str = r"^\s*([0-9A-Za-z_]([0-9A-Za-z_-]*[0-9A-Za-z_])?([.][0-9A-Za-z_]([0-9A-Za-z_-]*[0-9A-Za-z_])?)*|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*|\[[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\])\s*$";
const PORT: &str = r"^\s*[1-9][0-9]{0,4}\s*$";
const INT: &str = r"^\s*(0|-?[1-9][0-9]*)\s*$";
const BOOL: &str = r"^\s*(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)\s*$";
const URL: &str = r"^[A-Za-z][0-9A-Za-z+.-]*://[^\s/?#]+\S*$";
const KEY: &str = r"^\s*[0-9A-Fa-f]{32}\s*$";

impl Templates {
    pub(super) fn new(remotes: Remotes) -> Self {
        Self { remotes, guards: BTreeSet::new() }
    }

    pub(super) fn remotes(&self) -> &Remotes {
        &self.remotes
    }

    /// The template of an environment variable.
    pub(super) fn environment(&mut self, text: &Text) -> Result<String, &'static str> {
        match text.becomes {
            Becomes::String | Becomes::Url => {
                self.guard_url(text)?;
                let mut whole = String::new();
                for part in &text.parts {
                    whole += &match part {
                        Part::Known(known) => verbatim(known),
                        part => format!("{{{{ {} }}}}", bare(&self.part(part)?)),
                    };
                }
                Ok(whole)
            }
            _ => Ok(format!("{{{{ {} }}}}", self.typed(text, ["true", "false"])?)),
        }
    }

    /// An action that yields a Python literal.
    pub(super) fn python(&mut self, text: &Text) -> Result<String, &'static str> {
        match text.becomes {
            // What Go escapes in a JSON string, Python reads alike in one of its own.
            Becomes::String | Becomes::Url => {
                self.guard_url(text)?;
                let whole = match text.parts.as_slice() {
                    [part] => bare(&self.part(part)?).to_string(),
                    parts => self.print(parts)?,
                };
                Ok(format!("{{{{ {whole} | toJson }}}}"))
            }
            // A template has no arithmetic on hexadecimal digits; the module has.
            Becomes::ObfuscationKey => {
                let key = self.whole(text, KEY, "32 hexadecimal digits")?;
                Ok(format!("tuple(int({{{{ {key} | toJson }}}}[n:n + 8], 16) for n in (0, 8, 16, 24))"))
            }
            _ => Ok(format!("{{{{ {} }}}}", self.typed(text, ["True", "False"])?)),
        }
    }

    /// A template that fails when a field is not what its places take, and else yields a text that changes when a
    /// field or one of the other templates does. Its digest is as short as that of a Secret, for the same reason.
    pub(super) fn content(&self, others: &[(&str, String)]) -> String {
        let guards: String = self.guards.iter().map(String::as_str).collect();
        let texts: String = others.iter().map(|(key, template)| format!("{key}\0{template}\0")).collect();
        let fields: String = self.remotes.keys().map(|key| format!(" \"\\n\" .{key}")).collect();
        format!("{guards}{{{{ print {}{fields} | sha256sum | trunc 8 }}}}", literal(&short(texts.as_bytes())))
    }

    fn typed(&mut self, text: &Text, words: [&str; 2]) -> Result<String, &'static str> {
        match text.becomes {
            Becomes::Int => self.whole(text, INT, "a whole number"),
            Becomes::Bool => {
                let value = self.whole(text, BOOL, "`true` or `false`")?;
                let [yes, no] = words;
                let known = r#"(list "1" "t" "T" "TRUE" "true" "True")"#;
                Ok(format!("ternary {} {} (has ({value}) {known})", literal(yes), literal(no)))
            }
            Becomes::Float => Err("a Go template does not write fractions as rpconf does"),
            Becomes::ObfuscationKey => Err("a Go template cannot read hexadecimal digits as numbers"),
            Becomes::String | Becomes::Url => Err("it is a text"),
        }
    }

    /// The one hole that a typed text is, without blanks at its ends.
    fn whole(&mut self, text: &Text, pattern: &str, what: &str) -> Result<String, &'static str> {
        let [Part::Hole(hole)] = text.parts.as_slice() else {
            return Err("a Go template checks one field, and this number or truth value is made of several parts");
        };
        if !hole.filters.is_empty() {
            return Err("a Go template checks one field, and not what a filter made of it");
        }
        let field = self.field(hole)?;
        self.guard(hole, &field, pattern, what);
        Ok(format!("{field} | trim"))
    }

    fn guard_url(&mut self, text: &Text) -> Result<(), &'static str> {
        if let (Becomes::Url, [Part::Hole(hole)]) = (text.becomes, text.parts.as_slice()) {
            let field = self.field(hole)?;
            self.guard(hole, &field, URL, "a URL with a host");
        }
        Ok(())
    }

    fn guard(&mut self, hole: &Hole, field: &str, pattern: &str, what: &str) {
        let message = literal(&format!("{}: {what} is needed", hole.reference));
        self.guards.insert(format!(
            "{{{{ if not (regexMatch {} {field}) }}}}{{{{ fail {message} }}}}{{{{ end }}}}",
            literal(pattern)
        ));
    }

    /// The field of a hole, which must not be empty.
    fn field(&mut self, hole: &Hole) -> Result<String, &'static str> {
        let field = format!(".{}", self.remotes.key(hole)?);
        let message = literal(&format!("{}: the field is empty", hole.reference));
        self.guards.insert(format!("{{{{ if not {field} }}}}{{{{ fail {message} }}}}{{{{ end }}}}"));
        Ok(field)
    }

    /// A part as one operand.
    fn part(&mut self, part: &Part) -> Result<String, &'static str> {
        match part {
            Part::Known(known) => Ok(literal(known)),
            Part::Hole(hole) => self.hole(hole),
            Part::Group(parts, filters) => {
                let whole = self.print(parts)?;
                filters.iter().try_fold(format!("({whole})"), |value, filter| piped(&value, *filter))
            }
        }
    }

    /// Parts one after the other; `print` puts no blanks between strings.
    fn print(&mut self, parts: &[Part]) -> Result<String, &'static str> {
        let operands = parts.iter().map(|part| self.part(part)).collect::<Result<Vec<_>, _>>()?;
        Ok(format!("print {}", operands.join(" ")))
    }

    fn hole(&mut self, hole: &Hole) -> Result<String, &'static str> {
        let field = self.field(hole)?;
        let (value, filters) = match hole.filters.split_first() {
            Some((Filter::Host, rest)) => {
                self.guard(hole, &field, HOST, "a host without scheme and port");
                let bare = format!("({field} | trim | trimPrefix \"[\" | trimSuffix \"]\")");
                (format!("(ternary (print \"[\" {bare} \"]\") {bare} (contains \":\" {bare}))"), rest)
            }
            Some((Filter::HostName, rest)) => {
                self.guard(hole, &field, HOST, "a host without scheme and port");
                (format!("({field} | trim | trimPrefix \"[\" | trimSuffix \"]\")"), rest)
            }
            Some((Filter::Port, rest)) => {
                self.guard(hole, &field, PORT, "a port");
                (format!("({field} | trim)"), rest)
            }
            _ => (field, hole.filters.as_slice()),
        };
        filters.iter().try_fold(value, |value, filter| piped(&value, *filter))
    }
}

fn piped(value: &str, filter: Filter) -> Result<String, &'static str> {
    let functions = match filter {
        // The same as RFC 3986's, but for the blank.
        Filter::UrlEncode => "urlquery | replace \"+\" \"%20\"",
        Filter::Base64 => "b64enc",
        Filter::Sha256 => "sha256sum",
        Filter::Python => return Err("a Go template has no Python literals in ASCII"),
        Filter::Host | Filter::HostName | Filter::Port => {
            return Err("a Go template checks a field, and not what a filter made of it");
        }
    };
    Ok(format!("({} | {functions})", bare(value)))
}

/// An operand without the brackets that it needs only among others.
fn bare(operand: &str) -> &str {
    let inside = operand.strip_prefix('(').and_then(|operand| operand.strip_suffix(')'));
    inside.filter(|inside| balanced(inside)).unwrap_or(operand)
}

/// Whether every bracket of an operand that lost its own has its partner inside; quoted brackets do not count.
fn balanced(text: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// Text that yields itself. A brace that could open an action, alone or with what follows, is written by one.
pub(super) fn verbatim(text: &str) -> String {
    if text.contains("{{") || text.ends_with('{') { text.replace('{', "{{ \"{\" }}") } else { text.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{SourceMap, Span};
    use crate::emit::external_secret::Store;
    use crate::model::Reference;

    fn hole(filters: &[Filter]) -> Part {
        let span = Span::new(SourceMap::default().add("x.yml", ""), 0, 0);
        Part::Hole(Hole { reference: Reference::new("V", "i", "f"), span, filters: filters.to_vec(), optional: false })
    }

    fn known(text: &str) -> Part {
        Part::Known(text.to_string())
    }

    fn check(becomes: Becomes, parts: Vec<Part>, environment: Result<&str, &str>, python: Result<&str, &str>) {
        let text = Text { parts, becomes };
        let mut templates = Templates::new(Remotes::new(Store::Sdk));
        for (got, expect) in [(templates.environment(&text), environment), (templates.python(&text), python)] {
            match (got, expect) {
                (Ok(got), Ok(want)) => assert_eq!(got, want),
                (Err(got), Err(part)) if got.contains(part) => {}
                (got, _) => panic!("{got:?} instead of {expect:?}"),
            }
        }
    }

    #[test]
    fn texts() {
        let check = |parts, environment, python| check(Becomes::String, parts, Ok(environment), Ok(python));
        check(vec![hole(&[])], "{{ .i_f }}", "{{ .i_f | toJson }}");
        check(
            vec![known("a\"{{b{"), hole(&[Filter::UrlEncode, Filter::Base64]), known("}}")],
            "a\"{{ \"{\" }}{{ \"{\" }}b{{ \"{\" }}{{ .i_f | urlquery | replace \"+\" \"%20\" | b64enc }}}}",
            "{{ print \"a\\\"{{b{\" (.i_f | urlquery | replace \"+\" \"%20\" | b64enc) \"}}\" | toJson }}",
        );
        check(
            vec![Part::Group(vec![known("("), hole(&[Filter::Port])], vec![Filter::Sha256])],
            "{{ print \"(\" (.i_f | trim) | sha256sum }}",
            "{{ print \"(\" (.i_f | trim) | sha256sum | toJson }}",
        );
    }

    #[test]
    fn types() {
        let whole = || vec![hole(&[])];
        check(Becomes::Int, whole(), Ok("{{ .i_f | trim }}"), Ok("{{ .i_f | trim }}"));
        let words = |yes, no| {
            let list = r#"(list "1" "t" "T" "TRUE" "true" "True")"#;
            format!("{{{{ ternary \"{yes}\" \"{no}\" (has (.i_f | trim) {list}) }}}}")
        };
        check(Becomes::Bool, whole(), Ok(&words("true", "false")), Ok(&words("True", "False")));
        let key = "tuple(int({{ .i_f | trim | toJson }}[n:n + 8], 16) for n in (0, 8, 16, 24))";
        check(Becomes::ObfuscationKey, whole(), Err("hexadecimal"), Ok(key));
    }

    #[test]
    fn what_a_template_cannot_say_is_refused() {
        let check = |becomes, parts, reason| check(becomes, parts, Err(reason), Err(reason));
        check(Becomes::Float, vec![hole(&[])], "fractions");
        check(Becomes::Int, vec![known("1"), hole(&[])], "several parts");
        check(Becomes::Int, vec![hole(&[Filter::Sha256])], "what a filter made");
        check(Becomes::String, vec![hole(&[Filter::Python])], "Python literals");
        check(Becomes::String, vec![hole(&[Filter::Base64, Filter::Host])], "what a filter made");
    }
}
