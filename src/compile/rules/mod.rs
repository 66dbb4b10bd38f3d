//! The rules of derivation: how each of the catalog's [`Rule`]s makes a value of the document's facts.

mod brand;
mod cx;
mod elastic;
mod listen;
mod mail;
mod own;
mod postgres;
mod redis;
mod s3;
mod web;

pub use cx::{Cx, Derived, Stop};

use crate::catalog::Rule;

/// The value that a rule derives.
pub fn derive(rule: Rule, cx: &mut Cx<'_>) -> Derived {
    match rule {
        Rule::AllowedHosts => web::allowed_hosts(cx),
        Rule::ArchiverDelete => own::archiver_delete(cx),
        Rule::AttachmentDomain => web::attachment_domain(cx),
        Rule::AwsAccessKeyId => s3::access_key_id(cx),
        Rule::AwsSecretAccessKey => s3::secret_access_key(cx),
        Rule::AwsUseCredChain => s3::use_cred_chain(cx),
        Rule::BindAddress => listen::bind_address(cx),
        Rule::BindPort => listen::bind_port(cx),
        Rule::Brand => brand::brand(cx),
        Rule::Branding => brand::branding(cx),
        Rule::Brands => brand::brands(cx),
        Rule::BrokerUrl => redis::broker_url(cx),
        Rule::BucketDomain => s3::bucket_domain(cx),
        Rule::Caches => redis::caches(cx),
        Rule::CourierAuthToken => own::courier_auth_token(cx),
        Rule::CourierEndpoint => listen::courier_endpoint(cx),
        Rule::CsrfTrustedOrigins => web::csrf_trusted_origins(cx),
        Rule::Databases => postgres::databases(cx),
        Rule::DefaultBrand => brand::default_brand(cx),
        Rule::DefaultFileStorage => s3::default_file_storage(cx),
        Rule::DjangoDynamoEndpoint => s3::django_dynamo_endpoint(cx),
        Rule::DjangoS3Endpoint => s3::django_endpoint(cx),
        Rule::Domain => web::domain(cx),
        Rule::DynamoEndpoint => s3::dynamo_endpoint(cx),
        Rule::DynamoTablePrefix => s3::dynamo_table_prefix(cx),
        Rule::ElasticIndex => elastic::index(cx),
        Rule::ElasticPassword => elastic::password(cx),
        Rule::ElasticUrl => elastic::url(cx),
        Rule::ElasticUsername => elastic::username(cx),
        Rule::EmailFrom => mail::from(cx),
        Rule::EmailHost => mail::host(cx),
        Rule::EmailPassword => mail::password(cx),
        Rule::EmailPort => mail::port(cx),
        Rule::EmailUseSsl => mail::use_ssl(cx),
        Rule::EmailUseTls => mail::use_tls(cx),
        Rule::EmailUser => mail::user(cx),
        Rule::IdObfuscationInts => own::id_obfuscation_ints(cx),
        Rule::IndexerCleanup => own::key(cx, "cleanup"),
        Rule::IndexerPoll => own::key(cx, "poll"),
        Rule::InternalAddress => listen::internal_address(cx),
        Rule::InternalPort => Err(Stop::Default),
        Rule::IpAddresses => web::ip_addresses(cx),
        Rule::LogLevel => own::log_level(cx),
        Rule::LoggingDebug => web::logging_debug(cx),
        Rule::MailroomAuthToken => own::mailroom_auth_token(cx),
        Rule::MailroomUrl => listen::mailroom_url(cx),
        Rule::MediaDomain => s3::media_domain(cx),
        Rule::ObfuscationKey => own::obfuscation_key(cx),
        Rule::PostgresDsn => postgres::dsn(cx),
        Rule::PostgresReadonlyDsn => postgres::readonly_dsn(cx),
        Rule::RedisDb => redis::db(cx),
        Rule::RedisHost => redis::host(cx),
        Rule::RedisPort => redis::port(cx),
        Rule::RedisUrl => redis::url(cx),
        Rule::S3AddressingStyle => s3::addressing_style(cx),
        Rule::S3BucketArchives => s3::bucket(cx, "archives"),
        Rule::S3BucketAttachments => s3::bucket(cx, "attachments"),
        Rule::S3BucketLogs => s3::bucket(cx, "logs"),
        Rule::S3BucketSessions => s3::bucket_sessions(cx),
        Rule::S3Endpoint => s3::endpoint(cx),
        Rule::S3PathStyle => s3::path_style(cx),
        Rule::S3Prefix => s3::prefix(cx),
        Rule::S3Region => s3::region(cx),
        Rule::SecretKeyFallbacks => own::secret_key_fallbacks(cx),
        Rule::SecureProxySslHeader => web::secure_proxy_ssl_header(cx),
        Rule::SmtpUrl => mail::url(cx),
        Rule::SpoolDir => own::spool_dir(cx),
        Rule::StorageUrl => s3::storage_url(cx),
        Rule::Storages => s3::storages(cx),
        Rule::TemplatesDebug => web::templates_debug(cx),
    }
}
