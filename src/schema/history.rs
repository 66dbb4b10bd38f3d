//! A setting in a few lines for an editor: what it is for, which releases read it, and what it was called before.

use crate::catalog::{Catalog, Secrecy, Setting, Version};

/// Its help and its history, as Markdown.
pub fn describe(catalog: &Catalog, setting: &Setting) -> String {
    let mut text = format!("{}.", setting.help.trim_end_matches('.'));
    if setting.secrecy == Secrecy::Secret {
        text.push_str(" A secret: write a reference.");
    }
    if setting.secrecy == Secrecy::Carries {
        text.push_str(" It may hold a password: place a reference there.");
    }
    if setting.internal {
        text.push_str(" RapidPro's own: not for deployments to set.");
    }
    text.push_str("\n\n");
    let mut parts = vec![releases(catalog, setting)];
    for rename in catalog.renames.iter().filter(|rename| rename.to.contains(&setting.name)) {
        parts.push(format!("renamed from `{}`", rename.from));
    }
    for rename in catalog.renames.iter().filter(|rename| rename.from == setting.name) {
        parts.push(format!("`{}` from {} on", rename.to.join("` and `"), rename.release));
    }
    if let Some(derivation) = setting.derivation.filter(|derivation| !derivation.from.is_empty()) {
        parts.push(format!("derived from `{}`", derivation.from.join("`, `")));
    }
    text.push_str(&parts.join("; "));
    text
}

/// `courier v7.5.9 and later`: the releases that read it, neighbouring forms taken together.
fn releases(catalog: &Catalog, setting: &Setting) -> String {
    let mut spans: Vec<(Version, Option<Version>)> = vec![];
    for form in setting.forms {
        match spans.last_mut() {
            Some((_, until)) if *until == Some(form.since) => *until = form.until,
            _ => spans.push((form.since, form.until)),
        }
    }
    let words = spans.into_iter().map(|(since, until)| match (since > catalog.first, until) {
        (true, None) => format!("{since} and later"),
        (true, Some(until)) => format!("{since} and later, before {until}"),
        (false, None) => "every release".to_string(),
        (false, Some(until)) => format!("before {until}"),
    });
    format!("{} {}", catalog.service, words.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::model::Service;

    fn check(service: Service, name: &str, expect: &str) {
        let catalog = catalog::of(service);
        let setting = catalog.setting(name).expect("a setting");
        let text = describe(catalog, setting);
        assert_eq!(text.split_once("\n\n").map(|(_, history)| history), Some(expect), "{name}");
    }

    #[test]
    fn history_is_told_in_a_few_words() {
        check(Service::Courier, "COURIER_DB", "courier every release; derived from `resources.postgres`");
        check(
            Service::Courier,
            "COURIER_AWS_REGION",
            "courier v9.3.0 and later, before v26.3.0; renamed from `COURIER_S3_REGION`; `AWS_REGION` from v26.3.0 on; \
             derived from `resources.s3.region`",
        );
        check(Service::Courier, "COURIER_CENTRIFUGO_KEY", "courier v26.3.3 and later");
        check(Service::Courier, "COURIER_BACKEND", "courier before v10.3.6");
    }

    #[test]
    fn secrets_ask_for_a_reference() {
        let catalog = catalog::of(Service::Courier);
        let said = |name| {
            describe(catalog, catalog.setting(name).expect("a setting")).contains("A secret: write a reference.")
        };
        assert!(said("COURIER_CENTRIFUGO_KEY"));
        assert!(!said("COURIER_BACKEND"));
    }
}
