//! A sender is one mail address.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::Filter;

const FACTS: [&str; 2] = ["brand.support_email", "resources.smtp.from"];
const SETTINGS: [&str; 3] = ["DEFAULT_FROM_EMAIL", "FLOW_FROM_EMAIL", "SERVER_EMAIL"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for said in cx.said() {
        let sender = match said.service {
            None => FACTS.contains(&said.path.as_str()),
            Some(_) => SETTINGS.contains(&said.path.as_str()),
        };
        let Some(text) = said.text().filter(|text| sender && !text.is_empty()) else { continue };
        if let Some(why) = unfit(bare(text)) {
            out.say(format!("`{}` is no mail address", said.path))
                .at(said.span, why)
                .help("write one address, such as `rapidpro@ngo.org` or `RapidPro <rapidpro@ngo.org>`");
        }
    }
}

/// The address of `Name <address>`.
fn bare(text: &str) -> &str {
    let inside = text.rsplit_once('<').and_then(|(_, rest)| rest.trim_end().strip_suffix('>'));
    inside.unwrap_or(text)
}

fn unfit(address: &str) -> Option<&'static str> {
    let Some((user, host)) = address.split_once('@') else { return Some("it has no `@`") };
    if user.is_empty() || user.contains(|c: char| c.is_whitespace() || ",;<>\"'".contains(c)) {
        return Some("no name of a mailbox stands before the `@`");
    }
    let named = host.contains('.') && Filter::HostName.apply(host).is_ok() && host.trim() == host;
    (!named).then_some("no domain stands behind the `@`")
}
