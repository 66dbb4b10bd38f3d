//! Every rule: one file of code, one page and one line in the table below, all of one name.

use super::cx::Cx;
use super::finder::Finder;
use super::page::Page;
use crate::catalog::Version;
use crate::diag::{Code, Severity};
use crate::model::Service;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name.
    pub code: Code,
    /// How bad a finding of it is.
    pub severity: Severity,
    /// Its page.
    pub page: Page,
    /// The releases that it is for; all when there is none.
    pub releases: &'static [Releases],
    /// Whether it speaks of a value's form wherever it stands: where another rule speaks of the value, it is silent.
    pub general: bool,
    /// The rule; none when the compiler itself finds it.
    pub run: Option<fn(&Cx<'_>, &mut Finder<'_>)>,
}

/// A range of a service's releases.
#[derive(Debug)]
pub enum Releases {
    /// From this one on.
    Since(Service, Version),
    /// Before this one.
    Until(Service, Version),
}

impl Rule {
    /// Whether the plan's releases are the rule's.
    pub fn applies(&self, cx: &Cx<'_>) -> bool {
        self.releases.iter().all(|range| match range {
            Releases::Since(service, bound) => cx.version(*service).is_some_and(|version| version >= *bound),
            Releases::Until(service, bound) => cx.version(*service).is_some_and(|version| version < *bound),
        })
    }
}

/// A name with dashes, of the module's.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, over a name of this length")]
const fn dashed<const N: usize>(name: &str) -> [u8; N] {
    let (bytes, mut out, mut at) = (name.as_bytes(), [b'-'; N], 0);
    while at < N {
        if bytes[at] != b'_' {
            out[at] = bytes[at];
        }
        at += 1;
    }
    out
}

macro_rules! rules {
    (
        checked { $($name:ident: $severity:ident $(, $bound:ident $service:ident $major:literal $minor:literal $patch:literal)*;)* }
        general { $($form:ident: $form_severity:ident;)* }
        compiled { $($found:ident: $found_severity:ident;)* }
    ) => {
        $(mod $name;)*
        $(mod $form;)*

        /// The rules, by name: those that read the plan, those on the form of any value, those that the compiler finds.
        pub static RULES: &[Rule] = &[
            $(Rule {
                code: Code::rule(rules!(@dashed $name)),
                severity: Severity::$severity,
                page: Page { text: include_str!(concat!(stringify!($name), ".md")) },
                releases: &[$(Releases::$bound(Service::$service, Version::new($major, $minor, $patch)),)*],
                general: false,
                run: Some($name::run),
            },)*
            $(Rule {
                code: Code::rule(rules!(@dashed $form)),
                severity: Severity::$form_severity,
                page: Page { text: include_str!(concat!(stringify!($form), ".md")) },
                releases: &[],
                general: true,
                run: Some($form::run),
            },)*
            $(Rule {
                code: Code::rule(rules!(@dashed $found)),
                severity: Severity::$found_severity,
                page: Page { text: include_str!(concat!(stringify!($found), ".md")) },
                releases: &[],
                general: false,
                run: None,
            },)*
        ];
    };
    (@dashed $name:ident) => {{
        const NAME: &str = stringify!($name);
        const BYTES: [u8; NAME.len()] = dashed(NAME);
        match std::str::from_utf8(&BYTES) {
            Ok(name) => name,
            Err(_) => NAME,
        }
    }};
}

rules! {
    checked {
        addr_bind: Error;
        addr_public_bind: Warning;
        archive_delete: Warning;
        archive_etag: Warning, Since Archiver 8 3 3;
        bool_form: Error;
        broker_name: Error;
        celery_eager: Error;
        celery_env: Error;
        compress_offline: Warning;
        courier_auth: Error, Since Courier 7 5 44, Since Mailroom 7 5 19;
        csrf_origins: Error, Since Django 7 1 49;
        db_same: Error;
        dev_default: Error;
        disable_cursors: Warning;
        django_debug: Error;
        django_posture: Warning;
        domain: Error;
        dsn_encode: Error;
        dynamo_prefix: Error, Since Django 9 3 24;
        elastic: Error;
        fb_secret: Warning, Since Django 5 5 76;
        file_mode: Error;
        host_allowed: Error;
        index: Error, Until Mailroom 26 1 66;
        mailroom_url: Error;
        nginx_upstream: Error;
        obfuscation_key: Error, Since Django 10 3 50, Since Mailroom 10 3 61;
        redis_dbnum: Error;
        redis_same: Error;
        redis_scheme: Error;
        redis_shared_app: Warning;
        s3_bucket_default: Error;
        s3_endpoint_has_bucket: Warning;
        s3_keys_pair: Warning;
        s3_region_endpoint: Error;
        secret_default: Error;
        secret_present: Error;
        secret_reuse: Warning;
        smtp_url: Error;
        spool_dir: Error;
        sslmode_explicit: Warning;
        ssrf_guard: Warning;
        storage_url: Error;
        storages_exclusive: Error, Since Django 8 1 208;
        stray_characters: Error;
        token_mailroom: Error;
        version_train: Warning;
    }
    general {
        django_keys: Error;
        empty_value: Warning;
        host_address: Error;
        mail_address: Error;
        name_slip: Warning;
        number_range: Error;
        placeholder: Error;
        port: Warning;
        reference_form: Error;
        resource_local: Error;
        s3_bucket_name: Error;
        secret_crossed: Warning;
        secret_looking: Error;
        url_form: Error;
    }
    compiled {
        env_wrong_service: Error;
        era_unknown: Error;
        release_newer: Warning;
        secret_plaintext: Error;
        service_gone: Info;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::CODES;

    #[test]
    fn the_table_is_in_order_and_clear_of_other_codes() {
        for (at, rule) in RULES.iter().enumerate() {
            let name = rule.code.name();
            let group = |rule: &Rule| (rule.run.is_some(), rule.general);
            let sorted = RULES[..at].iter().filter(|other| group(other) == group(rule));
            assert!(sorted.into_iter().all(|other| other.code.name() < name), "{name} is out of order");
            assert_eq!(CODES.contains(&rule.code), rule.run.is_none(), "{name}: the compiler's rules have its codes");
        }
    }

    #[test]
    fn every_page_has_its_parts() {
        for rule in RULES {
            let name = rule.code.name();
            assert!(rule.page.text.starts_with(&format!("# {name}\n\n")), "{name}: the title");
            assert!(rule.page.summary().ends_with('.'), "{name}: a sentence below the title");
            for heading in ["What it says", "Why", "Wrong", "Right", "Shown as"] {
                assert!(rule.page.section(heading).is_some_and(|text| !text.is_empty()), "{name}: {heading}");
            }
        }
    }
}
