//! What is meant as a reference is one.

use crate::check::cx::Cx;
use crate::check::finder::Finder;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let named = cx.plan.references.iter().map(|mention| mention.reference.vault.as_str());
    let vaults: std::collections::BTreeSet<&str> = named.chain(cx.plan.vault.name.as_deref()).collect();
    for said in cx.said() {
        let Some(text) = said.text() else { continue };
        if let Some(why) = meant(text, &vaults) {
            out.say(format!("`{}` is no reference, and seems to be meant as one", said.path))
                .at(said.span, why)
                .help("write `op://vault/item/field`, and nothing around it");
        }
    }
    for mention in &cx.plan.references {
        let reference = &mention.reference;
        let parts = [Some(&reference.vault), Some(&reference.item), reference.section.as_ref(), Some(&reference.field)];
        if parts.into_iter().flatten().any(|part| stray(part)) {
            out.say("a part of this reference begins or ends with a comma, a quote or a blank")
                .at(mention.span, "the vault is asked for it as it stands")
                .help("remove it");
        }
    }
}

/// Why a text seems to be meant as a reference.
fn meant(text: &str, vaults: &std::collections::BTreeSet<&str>) -> Option<&'static str> {
    let text = text.trim();
    let lower = text.to_lowercase();
    let slashes = text.matches('/').count();
    if lower.contains("1password") || lower.contains("one password") || lower.contains("onepassword") {
        return Some("these words are written into the file as they stand");
    }
    if lower.contains("op://") {
        return Some("something stands around it");
    }
    let scheme = lower.split('/').next().unwrap_or_default();
    let near = matches!(scheme, "op" | "op:" | "op;" | "op." | "op::" | "0p:" | "po:" | "p:" | "o:" | "1p:" | "opp:" | "oop:" | "op:\\");
    if near && slashes >= 2 {
        return Some("it does not begin with `op://`");
    }
    let vault = text.trim_start_matches('/').split('/').next().unwrap_or_default();
    (slashes >= 2 && !text.contains(':') && vaults.contains(vault)).then_some("it begins with a vault and not with `op://`")
}

fn stray(part: &str) -> bool {
    part.ends_with([',', ';', '"', '\'']) || part.starts_with(['"', '\'']) || part.trim() != part
}
