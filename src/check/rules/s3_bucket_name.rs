//! A bucket is named by its name.

use crate::check::cx::Cx;
use crate::check::finder::Finder;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for said in cx.said().iter().filter(|said| said.is_bucket()) {
        let Some(text) = said.text().filter(|text| !text.is_empty()) else { continue };
        let message = format!("`{}` is no name of a bucket", said.path);
        if let Some(why) = unfit(text) {
            out.say(message).at(said.span, why).help("write the bare name, as the console shows it");
        } else if text.contains(|c: char| c.is_ascii_uppercase() || c == '_') {
            // us-east-1 let such names be made until March 2018.
            out.warn(message)
                .at(said.span, "names have lower-case letters, digits, dots and dashes since 2018")
                .help("write it as the console shows it");
        }
    }
}

fn unfit(text: &str) -> Option<&'static str> {
    if text.starts_with("arn:") {
        return Some("a resource name is for policies");
    }
    if text.contains("://") || text.contains('/') {
        return Some("scheme and path do not belong to it");
    }
    if text.contains("amazonaws.com") {
        return Some("the client makes the host of it");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if !text.chars().all(plain) {
        return Some("it may have letters, digits, dots and dashes only");
    }
    if text.len() > 63 {
        return Some("it has 63 characters at most");
    }
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    (!edge(text.chars().next()) || !edge(text.chars().last())).then_some("it begins and ends with a letter or a digit")
}
