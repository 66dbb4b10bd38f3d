//! One key hides ids, in Django's form and in mailroom's.

use crate::check::cx::{Cx, items};
use crate::check::finder::Finder;
use crate::check::pair;
use crate::model::{Service, Value};

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for name in ["ID_OBFUSCATION_KEY", "MAILROOM_ID_OBFUSCATION_KEY"] {
        pair::present(cx, out, name, |_| "the key that everyone can read in the source is used".to_string());
    }
    let django = cx.of(Service::Django, "ID_OBFUSCATION_KEY");
    let mailroom = cx.of(Service::Mailroom, "MAILROOM_ID_OBFUSCATION_KEY");
    let (Some(django), Some(mailroom)) = (django, mailroom) else { return };
    match (hex(&django.setting.value), mailroom.text()) {
        (Some(ours), Some(theirs)) if !ours.eq_ignore_ascii_case(theirs) => {
            out.say("Django and mailroom hide ids by different keys")
                .at(django.place(), "four words of 32 bits, the first eight digits first")
                .at(mailroom.place(), "32 hexadecimal digits")
                .help("write it once, as `resources.obfuscation_key`");
        }
        (Some(_), _) => {}
        (None, _) => pair::same(cx, out, django, mailroom, "links to contacts would lead to others"),
    }
}

/// Django's four whole numbers as mailroom's hexadecimal digits.
fn hex(value: &Value) -> Option<String> {
    let word = |item: &Value| if let Value::Int(word) = item { Some(format!("{word:08X}")) } else { None };
    items(value)?.iter().map(word).collect()
}
