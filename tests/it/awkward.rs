//! Strings that one format or another has trouble with: a table, and what proptest makes of its characters.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// What every consumer must give back unchanged, or its format must refuse.
pub fn strings() -> Vec<String> {
    let mut strings: Vec<String> = PLAIN.iter().map(|text| text.to_string()).collect();
    strings.extend(CHARACTERS.iter().map(|c| format!("a{c}b")));
    strings.extend(CHARACTERS.iter().map(|c| c.to_string()));
    strings.push((' '..='~').collect());
    strings.push("é".repeat(51_200));
    // One byte below docker's limit for a line and at it, then the same for the kernel's, with names of five bytes.
    strings.extend([65_529, 65_530, 131_065, 131_066].map(|length| "x".repeat(length)));
    strings
}

/// Any string, though rather one of the characters that break something.
pub fn any_string() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        3 => prop::sample::select(CHARACTERS),
        1 => prop::char::any(),
        1 => prop::char::range(' ', '~'),
    ];
    prop::collection::vec(character, 0..24).prop_map(|characters| characters.into_iter().collect())
}

/// The same many strings at every run: what starts a program cannot shrink its input string by string.
pub fn many_strings() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let one = any_string();
    (0..1_000).filter_map(|_| one.new_tree(&mut runner).ok()).map(|tree| tree.current()).collect()
}

/// The characters that break one dialect or another.
pub const CHARACTERS: &[char] = &[
    ' ',
    '\t',
    '\n',
    '\r',
    '\'',
    '"',
    '`',
    '\\',
    '$',
    '#',
    ';',
    '=',
    '!',
    '%',
    '&',
    '|',
    '<',
    '>',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '*',
    '?',
    '~',
    '^',
    '\0',
    '\u{1}',
    '\u{2}',
    '\u{8}',
    '\u{b}',
    '\u{c}',
    '\u{1b}',
    '\u{1c}',
    '\u{7f}',
    '\u{81}',
    '\u{85}',
    '\u{a0}',
    '\u{301}',
    '\u{2028}',
    '\u{2029}',
    '\u{202e}',
    '\u{fdd0}',
    '\u{feff}',
    '\u{fffd}',
    '\u{ffff}',
    '\u{1f600}',
    '\u{10ffff}',
];

const PLAIN: &[&str] = &[
    "",
    "plain",
    "redis://cache:6379/15",
    " ends with blanks ",
    "\tends with a tab\t",
    "it's",
    "say \"it\"",
    "it's \"both\"",
    "'quoted'",
    "\"quoted\"",
    "`quoted`",
    "''",
    "don'\\''t",
    "back\\slash",
    "ends with \\",
    "ends with \\\\",
    "\\'",
    "\\\\'",
    "\\\"",
    "\\n \\t \\x41 \\101 \\$",
    "$HOME",
    "${HOME}",
    "${HOME:-x}",
    "$$HOME",
    "\\$HOME",
    "$(id)",
    "`id`",
    "$'x'",
    "it's $HOME",
    "it's ${HOME} `id` \\",
    "%h %n %%",
    "a # b",
    "a#b",
    "# b",
    "; b",
    "a;b",
    "a=b=c",
    "=a",
    "export A=1",
    "two\nlines",
    "\n",
    "ends with a newline\n",
    "\nit's\n\n",
    "back\\\nslash",
    "carriage\rreturn",
    "dos\r\nlines\r\n",
    "'; import os #",
    "\"; import os #",
    "\"\"\"",
    "'''",
    "\"\"\"\nimport os\n\"\"\"",
    "\n[Service]\nExecStart=/bin/false",
    "'\n[Service]",
    "{{ x }} {% x %}",
    "!history !!",
    "~root",
    "*",
    "nai\u{308}ve \u{200f}\u{5d0}\u{5d1}\u{200e} \u{65e5}\u{672c} \u{1f469}\u{200d}\u{1f680}",
    "\u{feff}bom",
    "{\"a\": [1, \"b\"]}",
    "a,b,\"c\"",
    "true",
    "null",
    "0600",
    "-----BEGIN KEY-----\nMIIB+/=\n-----END KEY-----\n",
];
