//! The ways in which a setting is derived from the document's facts, one name each.

use super::words::words;

words! {
    /// How the compiler derives a setting.
    Rule {
        /// Host names that reach the site.
        AllowedHosts = "allowed_hosts",
        /// Whether archived rows are deleted.
        ArchiverDelete = "archiver_delete",
        /// Host name that completes relative attachment paths.
        AttachmentDomain = "attachment_domain",
        /// Id of the AWS key pair, or none under a role.
        AwsAccessKeyId = "aws_access_key_id",
        /// Secret of the AWS key pair, or none under a role.
        AwsSecretAccessKey = "aws_secret_access_key",
        /// Whether credentials are a role's.
        AwsUseCredChain = "aws_use_cred_chain",
        /// Address that a service binds.
        BindAddress = "bind_address",
        /// Port that a service binds.
        BindPort = "bind_port",
        /// The one brand of newer releases.
        Brand = "brand",
        /// The dict of brands by host.
        Branding = "branding",
        /// The list of brands.
        Brands = "brands",
        /// Redis URL of Celery's queues, always `redis://`.
        BrokerUrl = "broker_url",
        /// Host name of the media bucket.
        BucketDomain = "bucket_domain",
        /// Django's dict of caches.
        Caches = "caches",
        /// Token of Courier's endpoints, on both sides.
        CourierAuthToken = "courier_auth_token",
        /// URL of Courier's internal listener.
        CourierEndpoint = "courier_endpoint",
        /// Origins whose forms are accepted.
        CsrfTrustedOrigins = "csrf_trusted_origins",
        /// Django's dict of databases.
        Databases = "databases",
        /// Key of the brand of unknown hosts.
        DefaultBrand = "default_brand",
        /// Storage class of releases without STORAGES.
        DefaultFileStorage = "default_file_storage",
        /// DynamoDB endpoint as Django takes it, None for AWS.
        DjangoDynamoEndpoint = "django_dynamo_endpoint",
        /// S3 endpoint as Django takes it, None for AWS.
        DjangoS3Endpoint = "django_s3_endpoint",
        /// Public host name.
        Domain = "domain",
        /// DynamoDB endpoint, empty for AWS.
        DynamoEndpoint = "dynamo_endpoint",
        /// Prefix of DynamoDB tables.
        DynamoTablePrefix = "dynamo_table_prefix",
        /// Name of the contact index.
        ElasticIndex = "elastic_index",
        /// Password for Elasticsearch.
        ElasticPassword = "elastic_password",
        /// URL of Elasticsearch.
        ElasticUrl = "elastic_url",
        /// User for Elasticsearch.
        ElasticUsername = "elastic_username",
        /// Sender of mails.
        EmailFrom = "email_from",
        /// SMTP host.
        EmailHost = "email_host",
        /// SMTP password.
        EmailPassword = "email_password",
        /// SMTP port.
        EmailPort = "email_port",
        /// Whether SMTP begins in TLS.
        EmailUseSsl = "email_use_ssl",
        /// Whether SMTP turns to TLS by STARTTLS.
        EmailUseTls = "email_use_tls",
        /// SMTP user.
        EmailUser = "email_user",
        /// Obfuscation key as four integers.
        IdObfuscationInts = "id_obfuscation_ints",
        /// Whether unused indexes are deleted.
        IndexerCleanup = "indexer_cleanup",
        /// Seconds between looks for changes.
        IndexerPoll = "indexer_poll",
        /// Address of the internal listener.
        InternalAddress = "internal_address",
        /// Port of the internal listener.
        InternalPort = "internal_port",
        /// Public addresses of the hosts.
        IpAddresses = "ip_addresses",
        /// Log level in the words of the release.
        LogLevel = "log_level",
        /// Takes a logger out of the debug level that it copied from DEBUG.
        LoggingDebug = "logging_debug",
        /// Token of Mailroom's endpoints, on both sides.
        MailroomAuthToken = "mailroom_auth_token",
        /// URL at which Django calls Mailroom.
        MailroomUrl = "mailroom_url",
        /// Obfuscation key as 32 hex digits.
        ObfuscationKey = "obfuscation_key",
        /// Host that courier recognises its own media by.
        MediaDomain = "media_domain",
        /// `postgres://` URL of the database.
        PostgresDsn = "postgres_dsn",
        /// `postgres://` URL of the replica.
        PostgresReadonlyDsn = "postgres_readonly_dsn",
        /// Redis database number.
        RedisDb = "redis_db",
        /// Redis host.
        RedisHost = "redis_host",
        /// Redis port.
        RedisPort = "redis_port",
        /// `redis://` or `valkey://` URL, as the release wants.
        RedisUrl = "redis_url",
        /// How Django addresses buckets.
        S3AddressingStyle = "s3_addressing_style",
        /// Bucket of archives.
        S3BucketArchives = "s3_bucket_archives",
        /// Bucket of attachments and media.
        S3BucketAttachments = "s3_bucket_attachments",
        /// Bucket of logs.
        S3BucketLogs = "s3_bucket_logs",
        /// Bucket of flow sessions.
        S3BucketSessions = "s3_bucket_sessions",
        /// URL of the S3 service.
        S3Endpoint = "s3_endpoint",
        /// Whether buckets stand in the path.
        S3PathStyle = "s3_path_style",
        /// Path inside the bucket.
        S3Prefix = "s3_prefix",
        /// AWS region.
        S3Region = "s3_region",
        /// Former keys that still verify.
        SecretKeyFallbacks = "secret_key_fallbacks",
        /// Header by which the proxy tells of https.
        SecureProxySslHeader = "secure_proxy_ssl_header",
        /// `smtp://` URL of the mail server.
        SmtpUrl = "smtp_url",
        /// Folder of the spool.
        SpoolDir = "spool_dir",
        /// Public base URL of stored files.
        StorageUrl = "storage_url",
        /// Django's dict of storages.
        Storages = "storages",
        /// Turns off the debug option that templates copied from DEBUG.
        TemplatesDebug = "templates_debug",
    }
}
