//! A rule's page: Markdown with fixed headings, which is manual, SARIF help and test.

/// A page, by its parts.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// The whole text.
    pub text: &'static str,
}

impl Page {
    /// The one sentence below the title.
    pub fn summary(self) -> &'static str {
        let mut lines = self.text.lines().skip(1).filter(|line| !line.trim().is_empty());
        lines.next().unwrap_or("")
    }

    /// The text below a heading, up to the next one.
    pub fn section(self, heading: &str) -> Option<&'static str> {
        let start = self.text.match_indices("\n## ").find(|(at, mark)| {
            let rest = self.text.get(at + mark.len()..).unwrap_or("");
            rest.strip_prefix(heading).is_some_and(|after| after.starts_with('\n'))
        });
        let (at, mark) = start?;
        let body = self.text.get(at + mark.len() + heading.len()..)?;
        Some(body.split("\n## ").next().unwrap_or(body).trim())
    }
}
