//! A store of files as services use it: objects that are put and looked for by the key that was rendered.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use rpconf::rotate::Credential;
use url::Url;

use super::moto::Moto;
use super::outside::block_on;
use super::rotation::{Stack, percent};

/// What the application's user in IAM is called.
pub const USER: &str = "rapidpro";

impl Stack {
    /// With a store whose keys IAM knows.
    pub fn stored(mut self) -> Self {
        let moto = Moto::strict();
        let [current, admin] = [USER, "admin"].map(|user| moto.key(user));
        moto.guard();
        let place = format!(
            "access_key_id: op://Stack/S3/username\n    endpoint: {}\n    path_style: true\n    admin: {{access_key_id: \
             op://Stack/S3 admin/username, secret_access_key: op://Stack/S3 admin/password}}\n",
            moto.address
        );
        self.edit("env/stack.yml", "access_key_id: FAKE\n", &place);
        for (item, key) in [("S3", &current), ("S3 admin", &admin)] {
            let text = |text: &str| serde_json::Value::from(text).to_string();
            self.edit("vault.yml", &text(&format!("ID-{item}")), &text(key.user.as_deref().expect("an id")));
            self.edit("vault.yml", &text(&format!("FAKE-{item}")), &text(key.password.expose()));
        }
        self.moto = Some(moto);
        self
    }

    pub fn moto(&self) -> &Moto {
        self.moto.as_ref().expect("a store")
    }

    /// Keys of the application's user, and whether each is active.
    pub fn keys(&self) -> Vec<(String, bool)> {
        let answer = self.moto().asked(&[("Action", "ListAccessKeys"), ("UserName", USER)]);
        let part = |text: &str, name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>")).expect("a part");
            rest.split('<').next().expect("a text").to_string()
        };
        let members = answer.split("<member>").skip(1);
        members.map(|member| (part(member, "AccessKeyId"), part(member, "Status") == "Active")).collect()
    }
}

/// The stores in an environment file, each with its key.
pub fn urls(text: &str) -> Vec<String> {
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.map(|value| value.trim_matches('\'').to_string())
    };
    let of = |service: &str| {
        let (id, secret) =
            (value(&format!("{service}_AWS_ACCESS_KEY_ID"))?, value(&format!("{service}_AWS_SECRET_ACCESS_KEY"))?);
        let endpoint = value(&format!("{service}_S3_ENDPOINT"))?;
        let place = endpoint.strip_prefix("http://")?;
        Some(format!("s3://{}:{}@{place}/media/{service}", percent(&id), percent(&secret)))
    };
    ["MAILROOM", "COURIER", "ARCHIVER"].into_iter().filter_map(of).collect()
}

/// Puts an object, and looks for it.
pub fn works(url: &Url) -> Result<(), String> {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let secret = rpconf::model::Secret::new(decoded(url.password().unwrap_or_default()));
    let key = Credential::login(decoded(url.username()), secret);
    let place = format!("http://127.0.0.1:{}{}", url.port().expect("a port"), url.path());
    block_on(async {
        for method in ["PUT", "HEAD"] {
            // As every client of S3 does, what the server itself failed at is asked again; moto fails so now and then,
            // while another of its threads changes what one reads. A refusal is a 403.
            let mut status = sent(method, &place, &key).await?;
            for _ in 0..2 {
                if status >= 500 {
                    status = sent(method, &place, &key).await?;
                }
            }
            if status != 200 {
                return Err(format!("{method} is answered {status}"));
            }
        }
        Ok(())
    })
}

async fn sent(method: &str, place: &str, key: &Credential) -> Result<u16, String> {
    let id = key.user.as_deref().unwrap_or_default();
    let identity = Credentials::new(id, key.password.expose(), None, None, "test").into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let parameters = SigningParams::builder().identity(&identity).region("eu-west-1").name("s3");
    let parameters = parameters.time(SystemTime::now()).settings(settings).build().expect("parameters").into();
    let signable = SignableRequest::new(method, place, std::iter::empty(), SignableBody::Bytes(b""));
    let signed = sign(signable.expect("a request"), &parameters).expect("a signature");
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().expect("a client");
    let mut request = client.request(method.parse().expect("a method"), place);
    for (name, value) in signed.output().headers() {
        request = request.header(name, value);
    }
    request.send().await.map(|answer| answer.status().as_u16()).map_err(|error| error.to_string())
}
