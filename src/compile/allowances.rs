//! `allow`: the findings that a document accepts.

use std::rc::Rc;

use crate::diag::{Notes, Spanned, codes};
use crate::model::Allowance;
use crate::source::Node;

/// Every allowance that names a rule and a reason. What the entries may hold is the schema's to say.
pub fn read(tree: &Rc<Node>, notes: &mut Notes) -> Vec<Allowance> {
    let items = tree.get("allow").and_then(|allow| allow.sequence()).unwrap_or_default();
    items.iter().filter_map(|item| allowance(item, notes)).collect()
}

fn allowance(item: &Node, notes: &mut Notes) -> Option<Allowance> {
    let text = |key: &str| {
        let node = item.get(key).filter(|node| !node.is_null())?;
        node.scalar().map(|scalar| Spanned::new(scalar.text.trim().to_string(), node.span))
    };
    item.mapping()?;
    let Some(rule) = text("rule") else {
        notes
            .error(codes::BAD_ALLOWANCE, "an allowance names the rule whose finding it accepts")
            .at(item, "there is no `rule` here")
            .help("write `rule: NAME`, as `rpconf rules` lists them");
        return None;
    };
    let because = text("because").map(|because| because.value).filter(|because| !because.is_empty());
    if because.is_none() {
        notes
            .error(codes::BAD_ALLOWANCE, format!("the allowance of `{}` gives no reason", rule.value))
            .at(&rule, "whoever reads it next year will want one")
            .help("add `because: \"…\"`");
    }
    Some(Allowance { rule, because, until: text("until") })
}
