//! The `extends` key: which files a document stands on.

use std::rc::Rc;

use super::tree::{Kind, Mapping, Node, Typed};
use crate::diag::{Notes, Spanned, codes};

const KEY: &str = "extends";

/// The file names under `extends`, in order. None when one of them was refused.
pub(super) fn names(document: &Node, notes: &mut Notes) -> Option<Vec<Spanned<String>>> {
    let Some(value) = document.get(KEY).filter(|value| !value.is_null()) else { return Some(vec![]) };
    let items = match &value.kind {
        Kind::Sequence(items) => items.as_slice(),
        Kind::Scalar(_) | Kind::Mapping(_) => std::slice::from_ref(value),
    };
    let names: Vec<_> = items.iter().map(|item| name(item, notes)).collect();
    names.into_iter().collect()
}

/// The document without the key.
pub(super) fn without(document: &Rc<Node>) -> Rc<Node> {
    let Some(mapping) = document.mapping().filter(|mapping| mapping.get(KEY).is_some()) else {
        return document.clone();
    };
    let entries = mapping.entries.iter().filter(|entry| entry.key.value != KEY).cloned().collect();
    Rc::new(Node { kind: Kind::Mapping(Mapping { entries }), ..Node::clone(document) })
}

/// `base` or `base.yml`, as the name of a file in the document's own folder.
fn name(item: &Node, notes: &mut Notes) -> Option<Spanned<String>> {
    let Some(scalar) = item.scalar().filter(|scalar| scalar.typed == Typed::String) else {
        notes
            .error(codes::SCHEMA, "`extends` takes a name or a list of names")
            .at(item, "this is no name")
            .help("write `extends: base` for `base.yml` beside this file");
        return None;
    };
    let text = scalar.text.as_str();
    if text.contains("{{") || text.starts_with("op://") || text.starts_with("1Password:") {
        notes
            .error(codes::NOT_LITERAL, "`extends` is read before anything else, so its names are literal")
            .at(item, "a template or a reference")
            .help("write the name of a file beside this one");
        return None;
    }
    let stem = text.strip_suffix(".yml").unwrap_or(text);
    if stem.is_empty() || stem.chars().any(|c| matches!(c, '/' | '\\' | '.' | ':') || c.is_control()) {
        notes
            .error(codes::SCHEMA, "`extends` names files beside this one")
            .at(item, "a folder, or another kind of file")
            .help("write the file's name without its folder, as in `base` or `base.yml`");
        return None;
    }
    Some(Spanned::new(format!("{stem}.yml"), item.span))
}
