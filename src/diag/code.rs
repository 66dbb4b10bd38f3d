//! Every code in one set: they are public, and one that disappears shows in review.

/// The public name of a kind of finding, kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub(super) &'static str);

impl Code {
    /// The name of a rule, which stands in the table of rules; a test holds both sets apart.
    pub const fn rule(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
        /// The codes, one constant each.
        pub mod codes {
            use super::Code;
            $($(#[$doc])* pub const $constant: Code = Code($name);)*
        }
        /// Every code, in the order of the table.
        pub const CODES: &[Code] = &[$(codes::$constant),*];
    };
}

codes! {
    /// The text is not YAML, or not the part of it that documents may use.
    YAML_SYNTAX = "yaml-syntax";
    /// The file is not UTF-8.
    NOT_UTF8 = "not-utf8";
    /// The file is larger, deeper or expands further than a document may.
    TOO_LARGE = "too-large";
    /// A key stands twice in one map.
    DUPLICATE_KEY = "duplicate-key";
    /// `{{` without quotes opens a YAML map.
    UNQUOTED_TEMPLATE = "unquoted-template";
    /// A word that YAML 1.1 read as a boolean and YAML 1.2 reads as a string.
    YAML_WORD = "yaml-word";
    /// A number that begins with a zero, which YAML 1.1 read as octal and YAML 1.2 reads as decimal.
    YAML_OCTAL = "yaml-octal";
    /// A file that is not there, or that the system does not let us read.
    UNREADABLE = "unreadable";
    /// `extends` names a file that is not there.
    OVERLAY_MISSING = "overlay-missing";
    /// `extends` leads back to a file that is being read.
    OVERLAY_CYCLE = "overlay-cycle";
    /// The document's structure is not what the schema says.
    SCHEMA = "schema";
    /// A key that no document has.
    UNKNOWN_KEY = "unknown-key";
    /// A value of another type than the key or setting takes.
    WRONG_TYPE = "wrong-type";
    /// What must be literal holds a reference or a template.
    NOT_LITERAL = "not-literal";
    /// A reference that cannot be read.
    BAD_REFERENCE = "bad-reference";
    /// The older spelling of a reference.
    LEGACY_REFERENCE = "legacy-reference";
    /// A template that cannot be read, or does what settings may not do.
    BAD_TEMPLATE = "bad-template";
    /// A template names what is not there.
    UNDEFINED = "undefined";
    /// A template that decides on a secret instead of placing it.
    SECRET_DECISION = "secret-decision";
    /// A Python value that is not one expression.
    BAD_PYTHON = "bad-python";
    /// `release` or `versions` names no release.
    BAD_RELEASE = "bad-release";
    /// A release between two trains.
    RELEASE_BETWEEN = "release-between";
    /// A release that the catalog does not know yet.
    RELEASE_NEWER = "release-newer";
    /// A service that the release no longer has.
    SERVICE_GONE = "service-gone";
    /// A setting that no release has, near one that does.
    UNKNOWN_SETTING = "unknown-setting";
    /// A setting of another release.
    ERA_UNKNOWN = "era-unknown";
    /// A setting of another service.
    ENV_WRONG_SERVICE = "env-wrong-service";
    /// A setting that operators do not set.
    INTERNAL_SETTING = "internal-setting";
    /// An empty string, which the Go services read as unset.
    EMPTY_IS_UNSET = "empty-is-unset";
    /// A value that the service's own validator refuses.
    BAD_VALUE = "bad-value";
    /// A secret written as a literal.
    SECRET_PLAINTEXT = "secret-plaintext";
    /// A fact that the release needs and the document lacks.
    MISSING_FACT = "missing-fact";
    /// A value that stands as a marker and is still to be written.
    FILL_IN = "fill-in";
    /// A choice that the release no longer offers.
    CHOICE_GONE = "choice-gone";
    /// An output that cannot be placed where it says.
    BAD_OUTPUT = "bad-output";
    /// A value that the output's format cannot carry.
    UNWRITABLE = "unwritable";
    /// An acceptance of findings that is incomplete, expired, unused or of no rule.
    BAD_ALLOWANCE = "bad-allowance";
    /// A host, placement or service that does not fit the others.
    BAD_PLACEMENT = "bad-placement";
    /// The vault does not have what a reference names, or has it twice.
    VAULT_MISSING = "vault-missing";
    /// A secret that came from the vault is not what its place takes.
    BAD_SECRET = "bad-secret";
}

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn codes_are_unique_kebab_case() {
        let mut names: Vec<&str> = CODES.iter().map(|c| c.name()).collect();
        assert!(names.iter().all(|n| n.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CODES.len());
    }
}
