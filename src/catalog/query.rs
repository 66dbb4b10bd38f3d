//! Look-ups by name and release, all by binary search.

use super::packed;
use super::service::Service;
use super::table::{Catalog, Derivation, Form, Posture, Setting};
use super::version::Version;

/// The catalog of a service.
pub fn of(service: Service) -> &'static Catalog {
    packed::of(service)
}

impl Catalog {
    /// The setting of this name, whatever the release; a library's variable too.
    pub fn setting(&self, name: &str) -> Option<&'static Setting> {
        search(self.settings, name).or_else(|| search(self.environment, name))
    }

    /// How this release reads the setting of this name. A release past the catalog's last has the last forms.
    pub fn at(&self, name: &str, version: Version) -> Option<&'static Form> {
        self.setting(name)?.at(version)
    }

    /// The settings that this release reads, by name.
    pub fn settings_at(&self, version: Version) -> impl Iterator<Item = (&'static Setting, &'static Form)> {
        forms_at(self.settings, version)
    }

    /// The variables that a library reads in this release of the service, by name.
    pub fn environment_at(&self, version: Version) -> impl Iterator<Item = (&'static Setting, &'static Form)> {
        forms_at(self.environment, version)
    }
}

impl Setting {
    /// How this release reads it, if it does.
    pub fn at(&self, version: Version) -> Option<&'static Form> {
        let after = self.forms.partition_point(|form| form.since <= version);
        let form = self.forms.get(after.checked_sub(1)?)?;
        version.within(Some(form.since), form.until).then_some(form)
    }

    /// How this release's value is derived, if it reads the setting.
    pub fn derivation_at(&self, version: Version) -> Option<Derivation> {
        let derivation = self.derivation.filter(|it| version.within(it.since, it.until))?;
        self.at(version).map(|_| derivation)
    }

    /// The value that production needs in this release, if it reads the setting.
    pub fn posture_at(&self, version: Version) -> Option<Posture> {
        let posture = self.posture.filter(|it| version.within(it.since, it.until))?;
        self.at(version).map(|_| posture)
    }
}

fn search(settings: &'static [Setting], name: &str) -> Option<&'static Setting> {
    let found = settings.binary_search_by(|setting| setting.name.cmp(name)).ok()?;
    settings.get(found)
}

fn forms_at(settings: &'static [Setting], version: Version) -> impl Iterator<Item = (&'static Setting, &'static Form)> {
    settings.iter().filter_map(move |setting| Some((setting, setting.at(version)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Literal, Preset, Rule};

    fn version(text: &str) -> Version {
        Version::parse(text).expect("a version")
    }

    #[test]
    fn holds_every_setting() {
        let upstream = |service: Service| {
            let forms = |setting: &&Setting| setting.forms.iter().any(|form| form.of.is_none());
            of(service).settings.iter().filter(forms).count()
        };
        let counts = Service::ALL.iter().map(|service| (service.name(), upstream(*service)));
        let expect = [("django", 244), ("courier", 57), ("mailroom", 107), ("archiver", 32), ("indexer", 19)];
        assert!(counts.eq(expect));
    }

    #[test]
    fn finds_the_form_of_a_release() {
        use Literal::{Bool, Int, Text};
        for (service, name, release, expect) in [
            (Service::Courier, "COURIER_PORT", "7.4.0", Some(Int(8080))),
            (Service::Courier, "COURIER_PORT", "26.1.32", Some(Int(8080))),
            (Service::Courier, "COURIER_PORT", "26.1.33", None),
            (Service::Courier, "COURIER_SPOOL_DIR", "26.3.2", Some(Text("/var/spool/courier"))),
            (Service::Courier, "COURIER_SPOOL_DIR", "99.0.0", Some(Text("./_spool"))),
            (Service::Courier, "COURIER_NOTHING", "7.4.0", None),
            (Service::Courier, "AWS_REGION", "26.3.0", Some(Text(""))),
            (Service::Courier, "AWS_REGION", "26.2.1", None),
            (Service::Archiver, "ARCHIVER_S3_FORCE_PATH_STYLE", "9.2.9", Some(Bool(false))),
            (Service::Archiver, "ARCHIVER_S3_FORCE_PATH_STYLE", "9.3.0", None),
            (Service::Archiver, "ARCHIVER_S3_FORCE_PATH_STYLE", "9.3.1", Some(Bool(false))),
            (Service::Mailroom, "MAILROOM_OS_MESSAGES_INDEX", "26.1.42", None),
            (Service::Mailroom, "MAILROOM_OS_MESSAGES_INDEX", "26.1.43", Some(Text("messages-tickets"))),
            (Service::Django, "DEBUG", "8.1.230", Some(Bool(true))),
            (Service::Django, "DEBUG", "8.1.231", Some(Bool(false))),
            (Service::Django, "ADMINS", "26.2.2", Some(Literal::List(&[]))),
        ] {
            let form = of(service).at(name, version(release));
            assert_eq!(form.map(|form| form.default), expect.map(Preset::Value), "{name} {release}");
        }
    }

    #[test]
    fn asks_production_posture_only_where_upstream_is_wrong() {
        for (name, release, expect) in [
            ("DEBUG", "7.4.2", true),
            ("DEBUG", "8.1.231", false),
            ("SEND_MESSAGES", "7.0.4", true),
            ("SEND_MESSAGES", "7.4.2", false),
            ("ADMINS", "9.1.129", false),
            ("SEND_EMAILS", "9.2.5", true),
        ] {
            let setting = of(Service::Django).setting(name).expect("a setting");
            assert_eq!(setting.posture_at(version(release)).is_some(), expect, "{name} {release}");
        }
    }

    #[test]
    fn derives_a_setting_only_where_its_rule_is_for_the_release() {
        for (name, release, expect) in [
            ("AWS_STORAGE_BUCKET_NAME", "7.4.2", Some(Rule::S3BucketAttachments)),
            ("AWS_STORAGE_BUCKET_NAME", "9.2.5", None),
            ("DEFAULT_FILE_STORAGE", "7.4.2", Some(Rule::DefaultFileStorage)),
            ("DEFAULT_FILE_STORAGE", "9.2.5", None),
            ("CSRF_TRUSTED_ORIGINS", "5.2.6", None),
            ("CSRF_TRUSTED_ORIGINS", "7.4.2", Some(Rule::CsrfTrustedOrigins)),
            ("SECRET_KEY_FALLBACKS", "8.1.43", None),
            ("SECRET_KEY_FALLBACKS", "9.2.5", Some(Rule::SecretKeyFallbacks)),
            ("TEMPLATES", "7.4.2", Some(Rule::TemplatesDebug)),
            ("TEMPLATES", "9.2.5", None),
            ("LOGGING", "5.2.6", None),
            ("LOGGING", "7.4.2", Some(Rule::LoggingDebug)),
            ("LOGGING", "8.0.1", None),
            ("BROKER_URL", "9.2.5", None),
        ] {
            let setting = of(Service::Django).setting(name).expect("a setting");
            let rule = setting.derivation_at(version(release)).map(|derivation| derivation.rule);
            assert_eq!(rule, expect, "{name} {release}");
        }
    }

    #[test]
    fn lists_library_variables_apart() {
        let courier = of(Service::Courier);
        let release = version("26.3.0");
        assert!(courier.settings_at(release).all(|(setting, _)| setting.name.starts_with("COURIER_")));
        assert_eq!(courier.environment_at(release).count(), 3);
    }
}
