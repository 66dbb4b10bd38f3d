//! The environment document, key by key. The doc comments are what an editor shows on hover.

use super::leaves::{
    Anything, Backend, Bool, Credentials, Flag, Host, Int, Literal, Mode, Named, PlacementWord, Port, Process, Release,
    SecretText, SmtpTls, SslMode, Text, Url, Words,
};
use super::shape::{Shape, Shaped, shape};

shape! {
    /// One environment of a RapidPro deployment.
    Document {
        /// Documents that this one is laid over: maps merge, lists replace, null removes.
        extends: Words,
        /// RapidPro's release line or release; it picks a version of every service.
        release: Release,
        /// Versions of single services, where they differ from the release's own.
        versions: Versions,
        /// Where references are looked up.
        vault: Vault,
        /// The public domain name of the site.
        domain: Host,
        /// How the site presents itself.
        brand: Brand,
        /// The machines and what runs on each.
        hosts: Named<HostEntry>,
        /// `containers`, instead of hosts: services bind every interface and reach each other by name.
        placement: PlacementWord,
        /// What the services share: databases, buckets, mail and tokens, each fact once.
        resources: Resources,
        /// What is particular to one service; it wins over what is derived.
        services: Services,
        /// Where files go on a host, and files that are not a service's.
        outputs: Named<OutputEntry>,
        /// Findings that are accepted, each with a reason.
        allow: Vec<Allowance>,
        /// How old a credential may become, and what follows a rotation.
        rotate: Rotate,
    }
}

shape! {
    /// Pinned versions.
    Versions {
        /// RapidPro itself.
        django: Release,
        /// Courier.
        courier: Release,
        /// Mailroom.
        mailroom: Release,
        /// Archiver.
        archiver: Release,
        /// Indexer.
        indexer: Release,
    }
}

shape! {
    /// The site's brand.
    Brand {
        /// Its name.
        name: Text,
        /// Where support mail goes; the sender of the site's mail when absent.
        support_email: Text,
    }
}

shape! {
    /// A machine.
    HostEntry {
        /// Its address inside the network; other hosts reach its services here.
        internal: Host,
        /// Its public address.
        public: Host,
        /// What runs on it.
        services: Vec<Process>,
    }
}

shape! {
    /// What the services share.
    Resources {
        /// The database.
        postgres: Postgres,
        /// Redis or Valkey.
        redis: Redis,
        /// Elasticsearch.
        elasticsearch: Elasticsearch,
        /// Object storage.
        s3: S3,
        /// DynamoDB, for the releases that read it.
        dynamo: Dynamo,
        /// Outgoing mail.
        smtp: Smtp,
        /// Mailroom's own credential.
        mailroom: Token,
        /// Courier's own credential.
        courier: Token,
        /// The key that hides ids in anonymous workspaces, 32 hexadecimal digits.
        obfuscation_key: SecretText,
    }
}

shape! {
    /// PostgreSQL.
    Postgres {
        /// Host name or address.
        host: Host,
        /// Port.
        port: Port,
        /// Database name.
        database: Text,
        /// Role.
        user: Text,
        /// The role's password.
        password: SecretText,
        /// How the connection is encrypted.
        sslmode: SslMode,
        /// A read replica, for the releases that read from one.
        readonly: Replica,
        /// A connection pooler that Django's default connection goes through.
        pooler: Pooler,
        /// A role that may change the application's password, for rotation.
        admin: Admin,
    }
}

shape! {
    /// A read replica; what is not given is the primary's.
    Replica {
        /// Host name or address.
        host: Host,
        /// Port.
        port: Port,
        /// Database name.
        database: Text,
        /// Role.
        user: Text,
        /// The role's password.
        password: SecretText,
        /// How the connection is encrypted.
        sslmode: SslMode,
    }
}

shape! {
    /// A connection pooler.
    Pooler {
        /// Host name or address.
        host: Host,
        /// Port.
        port: Port,
    }
}

shape! {
    /// A database role for rotation.
    Admin {
        /// Role.
        user: Text,
        /// Its password.
        password: SecretText,
    }
}

shape! {
    /// Redis or Valkey.
    Redis {
        /// Host name or address.
        host: Host,
        /// Port.
        port: Port,
        /// Number of the database, which every service shares.
        db: Int,
        /// User of an access list.
        user: Text,
        /// Password.
        password: SecretText,
    }
}

shape! {
    /// Elasticsearch.
    Elasticsearch {
        /// Its address, with scheme and port.
        url: Url,
        /// User for basic authentication.
        user: Text,
        /// Password for basic authentication.
        password: SecretText,
        /// Index, or alias, of contacts.
        index: Text,
    }
}

shape! {
    /// Object storage.
    S3 {
        /// AWS region.
        region: Text,
        /// `keys`: an access key pair is written; `role`: the machine's own role is used and no key is written.
        credentials: Credentials,
        /// Access key id.
        access_key_id: SecretText,
        /// Secret access key.
        secret_access_key: SecretText,
        /// Address of the service, when it is not AWS's own for the region; without the bucket.
        endpoint: Url,
        /// Whether the bucket stands in the path instead of the host name.
        path_style: Flag,
        /// Bucket names.
        buckets: Buckets,
        /// Folder of attachments inside their bucket.
        prefix: Text,
        /// A key pair that may change the application's, for rotation.
        admin: S3Admin,
    }
}

shape! {
    /// Buckets.
    Buckets {
        /// Media that was sent and received.
        attachments: Text,
        /// Archived messages and runs.
        archives: Text,
        /// Channel logs.
        logs: Text,
        /// Exports and imports; the attachments' bucket when absent.
        default: Text,
        /// Flow sessions; the attachments' bucket when absent.
        sessions: Text,
    }
}

shape! {
    /// A key pair for rotation.
    S3Admin {
        /// Access key id.
        access_key_id: SecretText,
        /// Secret access key.
        secret_access_key: SecretText,
    }
}

shape! {
    /// DynamoDB.
    Dynamo {
        /// Its address, when it is not AWS's own for the region.
        endpoint: Url,
        /// What table names begin with.
        table_prefix: Text,
    }
}

shape! {
    /// Outgoing mail.
    Smtp {
        /// Host name of the server.
        host: Host,
        /// Port.
        port: Port,
        /// User.
        user: Text,
        /// Password.
        password: SecretText,
        /// Sender.
        from: Text,
        /// `starttls` or `implicit`; it follows from a literal port of 587, 25 or 465.
        tls: SmtpTls,
    }
}

shape! {
    /// A service's credential.
    Token {
        /// The token that its callers present.
        auth_token: SecretText,
    }
}

shape! {
    /// What is particular to one service.
    Services {
        /// Django, Celery and beat.
        django: ServiceKeys,
        /// Courier.
        courier: ServiceKeys,
        /// Mailroom.
        mailroom: MailroomKeys,
        /// Archiver.
        archiver: ArchiverKeys,
        /// Indexer.
        indexer: IndexerKeys,
    }
}

macro_rules! service_keys {
    ($(#[$doc:meta])* $name:ident { $($(#[$key_doc:meta])* $key:ident: $type:ty,)* }) => {
        shape! {
            $(#[$doc])*
            $name {
                /// Port that it listens on.
                port: Port,
                /// Address that it binds.
                address: Host,
                /// Home folder of its user, which holds the versioned `app` folder.
                home: Text,
                /// User that it runs as.
                user: Text,
                /// Folder for what must survive a restart, outside the versioned app folder.
                spool_dir: Text,
                /// How much it logs: debug, info, warn or error.
                log_level: Text,
                /// Settings that the catalog does not know, such as a fork's.
                extra: Named<Anything>,
                $($(#[$key_doc])* $key: $type,)*
            }
        }
    };
}

service_keys! {
    /// A service's keys.
    ServiceKeys {}
}

service_keys! {
    /// Mailroom's keys.
    MailroomKeys {
        /// Domain that relative attachment URLs are completed with.
        attachment_domain: Host,
    }
}

service_keys! {
    /// Archiver's keys.
    ArchiverKeys {
        /// Whether rows are deleted from the database once they are archived; an explicit choice.
        delete: Bool,
    }
}

service_keys! {
    /// Indexer's keys.
    IndexerKeys {
        /// Seconds between two looks for changed contacts.
        poll: Int,
        /// Whether old indexes are removed.
        cleanup: Bool,
    }
}

shape! {
    /// Where a file goes.
    OutputEntry {
        /// Absolute path on the host.
        path: Literal,
        /// Owner.
        owner: Literal,
        /// Group.
        group: Literal,
        /// Permission bits, in octal.
        mode: Mode,
        /// systemd unit that follows a change.
        unit: Literal,
        /// `restart`, `reload`, or a command.
        on_change: Words,
        /// Command that must succeed after the unit has followed, before the next one does.
        health: Words,
        /// Format, when it is not the service's own.
        format: Literal,
        /// Template below `templates/`, for an output that is not a service's.
        template: Literal,
        /// A vault value or a text, for an output that is not a service's.
        content: Text,
        /// Hosts that get the file.
        hosts: Vec<Literal>,
    }
}

shape! {
    /// An accepted finding.
    Allowance {
        /// Name of the rule.
        rule: Literal,
        /// Why it is accepted.
        because: Literal,
        /// Day on which the acceptance ends, `2027-01-01`.
        until: Literal,
    }
}

shape! {
    /// Rotation policy.
    Rotate {
        /// Age at which the database's password is due, `90d`.
        postgres: Literal,
        /// Age at which Redis's password is due.
        redis: Literal,
        /// Age at which the S3 key pair is due.
        s3: Literal,
        /// Age at which Django's SECRET_KEY is due.
        secret_key: Literal,
        /// Age at which mailroom's token is due.
        mailroom: Literal,
        /// Age at which courier's token is due.
        courier: Literal,
        /// Age at which the mail password is due.
        smtp: Literal,
        /// Command that brings new files to the other hosts.
        on_rotate: Words,
    }
}

/// The vault, by name or in full.
pub struct Vault;

shape! {
    /// The vault in full.
    VaultEntry {
        /// Name of the 1Password vault.
        name: Literal,
        /// Which program or server answers.
        backend: Backend,
        /// File of the `file` backend, beside the document.
        file: Literal,
        /// Whether a Connect server may be reached without TLS.
        allow_http: Flag,
    }
}

impl Shaped for Vault {
    const SHAPE: Shape = Shape::Any;
}

impl schemars::JsonSchema for Vault {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Vault".into()
    }
    fn inline_schema() -> bool {
        true
    }
    /// A string or an object in one schema, so that a fault is reported at the key and not at the whole.
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = VaultEntry::json_schema(generator);
        schema.insert("type".into(), serde_json::json!(["string", "object"]));
        schema
    }
}

/// The shape of a vault in full.
pub const VAULT: &Shape = &VaultEntry::SHAPE;

/// The shape of a whole document.
pub const DOCUMENT: &Shape = &Document::SHAPE;

#[cfg(test)]
mod tests {
    use super::super::shape::Leaf;
    use super::*;

    #[test]
    fn shapes_are_found_by_path() {
        let leaf = |path| match DOCUMENT.at(path) {
            Some(Shape::Leaf(leaf)) => Some(*leaf),
            _ => None,
        };
        assert_eq!(leaf("resources.postgres.port"), Some(Leaf::Port));
        assert_eq!(leaf("hosts.anything.internal"), Some(Leaf::Host));
        assert_eq!(leaf("services.indexer.poll"), Some(Leaf::Int));
        assert_eq!(leaf("services.django.poll"), None);
        assert_eq!(leaf("resources.postgres"), None);
    }
}
