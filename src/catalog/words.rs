//! The catalog's closed vocabularies: enums whose variants have one word each in the YAML.

/// Declares an enum together with its words, so that neither can lack the other.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every one, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The one that has this word.
            pub fn named(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|each| each.word() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    };
}
pub(super) use words;

words! {
    /// The type by which a service reads a setting, in the words of its source.
    Kind {
        /// Text.
        String = "string",
        /// A whole number in base 10.
        Int = "int",
        /// One of the words of Go's `ParseBool`; `yes` and `on` stop the service.
        Bool = "bool",
        /// A number; the loader keeps 32 bits of it.
        Float = "float64",
        /// `DEBUG`, `INFO`, `WARN` or `ERROR`; logrus's other words stop the service.
        LogLevel = "slog.Level",
        /// One CSV record, items trimmed.
        StringList = "[]string",
        /// One CSV record of whole numbers.
        IntList = "[]int",
        /// A Python value: Django's settings have no declared type.
        Python = "python",
    }
}

words! {
    /// Who defines a setting that the service's own source does not.
    Of {
        /// Django's global settings, by the version that the release pins.
        Django = "django",
        /// django-storages, which stores files in S3.
        Storages = "django-storages",
        /// Celery, under the names of that era.
        Celery = "celery",
        /// django-compressor.
        Compressor = "django-compressor",
        /// RapidPro's own code, which reads it with a fallback and leaves it out of settings_common.
        Rapidpro = "rapidpro",
        /// django-redis, until its place went to django-valkey.
        Redis = "django-redis",
    }
}

words! {
    /// A lower-case key of the document, the same in every release, that a setting takes its value from.
    Key {
        /// `address`
        Address = "address",
        /// `attachment_domain`
        AttachmentDomain = "attachment_domain",
        /// `cleanup`
        Cleanup = "cleanup",
        /// `delete`
        Delete = "delete",
        /// `log_level`
        LogLevel = "log_level",
        /// `poll`
        Poll = "poll",
        /// `port`
        Port = "port",
        /// `spool_dir`
        SpoolDir = "spool_dir",
    }
}

words! {
    /// Whether a setting's value is a secret.
    Secrecy {
        /// It may stand in a document.
        Open = "false",
        /// It may embed a credential: a literal is allowed while it has no password in it.
        Carries = "carries",
        /// It is a credential, or a URL that embeds one wherever authentication is on: never a literal.
        Secret = "true",
    }
}
