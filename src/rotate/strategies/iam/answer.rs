//! Answers of AWS, which are XML: the texts of their elements, by name.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use zeroize::Zeroizing;

/// Texts in their order; a list's `member` comes as a mark without one.
pub(super) struct Answer(Vec<(String, Zeroizing<String>)>);

impl Answer {
    /// Reads what is well-formed, up to where it is not: what is then missing is missed by who asks for it.
    pub(super) fn read(xml: &str) -> Self {
        let mut reader = Reader::from_str(xml);
        let mut texts: Vec<(String, Zeroizing<String>)> = vec![];
        loop {
            let text: String = match reader.read_event() {
                Ok(Event::Start(element)) => {
                    let name = element.local_name();
                    texts.push((name.as_ref().to_string(), Zeroizing::default()));
                    continue;
                }
                Ok(Event::Text(text)) => text.xml10_content().into_owned(),
                Ok(Event::GeneralRef(entity)) => match entity.resolve_char_ref() {
                    Ok(Some(character)) => character.to_string(),
                    _ => resolve_predefined_entity(&entity.xml10_content()).unwrap_or_default().to_string(),
                },
                Ok(Event::Eof) | Err(_) => return Self(texts),
                Ok(_) => continue,
            };
            // Spaces between elements stay with the last one that ended, or with the one that holds others.
            if let Some((_, last)) = texts.last_mut().filter(|_| !text.trim().is_empty()) {
                last.push_str(&text);
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, text)| text.as_str())
    }

    /// Each `member` of a list.
    pub(super) fn members(self) -> Vec<Self> {
        let mut members = vec![];
        for (name, text) in self.0 {
            match members.last_mut() {
                _ if name == "member" => members.push(Self(vec![])),
                Some(Self(texts)) => texts.push((name, text)),
                None => {}
            }
        }
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_name() {
        let check = |xml: &str, name: &str, expect: Option<&str>| {
            assert_eq!(Answer::read(xml).get(name), expect, "{xml}");
        };
        check(
            "<?xml version=\"1.0\"?>\n<E xmlns=\"u\">\n <Error>\n  <Code>No</Code>\n </Error>\n</E>",
            "Code",
            Some("No"),
        );
        check("<a><Secret>x+/&amp;&#65;=</Secret></a>", "Secret", Some("x+/&A="));
        check("<a><Code/></a>", "Code", None);
        check("<a><Code>x</a>", "Code", Some("x"));
        check("no xml", "Code", None);
        check("", "Code", None);
    }

    #[test]
    fn members_are_told_apart() {
        let xml = "<R><L><member><Id>1</Id><S>a</S></member>\n<member><S>b</S><Id>2</Id></member></L><M>x</M></R>";
        let ids: Vec<_> = Answer::read(xml).members().iter().map(|it| it.get("Id").map(str::to_string)).collect();
        assert_eq!(ids, [Some("1".to_string()), Some("2".to_string())]);
    }
}
