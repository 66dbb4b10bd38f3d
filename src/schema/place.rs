//! Where in a document a failure is: the way from a JSON pointer back to the tree.

use std::rc::Rc;

use jsonschema::paths::Location;

use crate::diag::Span;
use crate::model::document::DOCUMENT;
use crate::model::shape::Shape;
use crate::source::Node;

/// A place in a document.
pub struct Place<'t> {
    /// Its path as people write it, `hosts.web.services[0]`; empty for the whole document.
    pub path: String,
    /// What stands there.
    pub node: &'t Rc<Node>,
    /// What may stand there; none inside of what its own stage reads.
    pub shape: Option<&'static Shape>,
    /// The fact or setting that it is, or is a part of.
    pub value: Option<Span>,
}

impl<'t> Place<'t> {
    /// The place that a pointer into the tree's JSON names.
    pub fn find(tree: &'t Rc<Node>, pointer: &Location) -> Option<Self> {
        let mut place = Place { path: String::new(), node: tree, shape: Some(DOCUMENT), value: None };
        for part in pointer.as_str().split('/').skip(1) {
            // The crate's own segments drop empty keys and take a key `007` for the item 7.
            let part = part.replace("~1", "/").replace("~0", "~");
            place = match place.node.sequence() {
                Some(_) => place.item(part.parse().ok()?)?,
                None => place.key(&part)?,
            };
        }
        Some(place)
    }

    /// The path of a key here.
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_string() } else { format!("{}.{key}", self.path) }
    }

    fn key(self, key: &str) -> Option<Self> {
        let node = self.node.get(key)?;
        let shape = self.shape.and_then(|shape| shape.key(key));
        Some(Place { path: self.path_of(key), ..self.below(node, shape) })
    }

    fn item(self, index: usize) -> Option<Self> {
        let node = self.node.sequence()?.get(index)?;
        let shape = if let Some(Shape::List(shape)) = self.shape { Some(*shape) } else { None };
        Some(Place { path: format!("{}[{index}]", self.path), ..self.below(node, shape) })
    }

    fn below(&self, node: &'t Rc<Node>, shape: Option<&'static Shape>) -> Self {
        let whole = matches!(shape, None | Some(Shape::Leaf(_) | Shape::Any));
        Place { path: String::new(), node, shape, value: self.value.or(whole.then_some(node.span)) }
    }
}
