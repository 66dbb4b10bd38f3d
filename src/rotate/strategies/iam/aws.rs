//! A signed request to AWS, its repetitions, and what an answer that is no answer means. An error's message is never
//! shown, only its code: messages quote what was sent.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use reqwest::header::DATE;
use reqwest::{Method, Url};
use zeroize::Zeroizing;

use super::super::super::{Credential, Fault, Outside};
use super::answer::Answer;
use super::keys;

/// Where AWS is, and what the key is for.
#[derive(Debug, Clone)]
pub struct Place {
    /// The region of the bucket.
    pub region: String,
    /// A bucket that the services read and write.
    pub bucket: String,
    /// Where S3 is, when it is not AWS's own.
    pub s3: Option<String>,
    /// Whether the bucket stands in the path.
    pub path_style: bool,
    /// Where IAM and STS are, when they are not AWS's own.
    pub iam: Option<String>,
}

/// How long to wait for what, and how often.
#[derive(Debug, Clone)]
pub struct Patience {
    /// For an answer.
    pub answer: Duration,
    /// The first pause before a question is asked again; each is twice as long as the last.
    pub pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// For IAM to spread what it did: for so long, refusals of a new key and logins by a disabled one are asked again.
    pub longest_wait: Duration,
    /// How many logins in a row make a key known.
    pub logins: u32,
    /// The time between them.
    pub apart: Duration,
    /// How long a key stays disabled before it is deleted.
    pub soak: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            answer: seconds(10),
            pause: seconds(1),
            longest_pause: seconds(15),
            longest_wait: seconds(180),
            logins: 5,
            apart: seconds(10),
            soak: seconds(2 * 3600),
        }
    }
}

/// Why AWS did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// The key is not taken.
    #[error("AWS refuses access key {0}")]
    Refused(String),
    /// The key may not.
    #[error("access key {0} may not call `{1}`")]
    Denied(String, String),
    /// There is no such thing.
    #[error("AWS does not know what `{0}` is about")]
    Missing(String),
    /// The user has two keys already.
    #[error("the user has two access keys, which is the limit")]
    Limit,
    /// No answer, or none for now.
    #[error("{0}")]
    Unreachable(String),
    /// Something else.
    #[error("{0}")]
    Other(String),
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        let words = trouble.to_string();
        match trouble {
            Trouble::Unreachable(_) => Self::Unreachable(words),
            Trouble::Denied(_, ref action) if action.starts_with("iam:") => Self::Denied(format!(
                "{words}; let the admin, which is another principal than the user, call it: {}",
                keys::ACTIONS
            )),
            Trouble::Refused(_) | Trouble::Denied(..) => Self::Denied(words),
            Trouble::Missing(_) | Trouble::Limit | Trouble::Other(_) => Self::Unfit(words),
        }
    }
}

/// What is asked.
pub(super) struct Request<'a> {
    /// `iam`, `sts` or `s3`.
    pub(super) service: &'a str,
    /// What it is called in a policy.
    pub(super) action: &'a str,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: &'a str,
}

/// An answer, and when AWS gave it.
pub(super) struct Response {
    pub(super) body: Zeroizing<String>,
    /// Since 1970, by AWS's clock.
    pub(super) at: Duration,
}

/// The client.
pub(super) struct Aws<'a> {
    pub(super) place: Place,
    pub(super) patience: Patience,
    pub(super) outside: &'a dyn Outside,
    client: reqwest::Client,
}

impl<'a> Aws<'a> {
    pub(super) fn new(place: Place, patience: Patience, outside: &'a dyn Outside) -> Result<Self, Fault> {
        let client = super::super::http(patience.answer)?;
        Ok(Self { place, patience, outside, client })
    }

    /// Pauses of doubling length, until the patience is over.
    pub(super) fn pauses(&self) -> Pauses<'_> {
        let Patience { pause, longest_pause, longest_wait, .. } = self.patience;
        Pauses { outside: self.outside, pause, longest_pause, over: self.outside.now() + longest_wait }
    }

    /// Asks what may be asked twice.
    pub(super) async fn ask(&self, request: &Request<'_>, credential: &Credential) -> Result<Response, Trouble> {
        let mut pause = self.patience.pause;
        for _ in 0..3 {
            match self.once(request, credential).await {
                Err(Trouble::Unreachable(_)) => self.outside.sleep(pause).await,
                other => return other,
            }
            pause = self.patience.longest_pause.min(pause * 2);
        }
        self.once(request, credential).await
    }

    /// Asks once, where asking again would do it again.
    #[expect(clippy::disallowed_methods, reason = "the secret signs the request, and stays here")]
    pub(super) async fn once(&self, request: &Request<'_>, credential: &Credential) -> Result<Response, Trouble> {
        let id = keys::id(credential);
        let unsigned = |_| Trouble::Other(format!("a request to {} cannot be signed", request.service));
        let identity = Credentials::new(id, credential.password.expose(), None, None, "rpconf").into();
        let mut settings = SigningSettings::default();
        if request.service == "s3" {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(self.region(request.service))
            .name(request.service)
            .time(UNIX_EPOCH + self.outside.now())
            .settings(settings)
            .build()
            .map_err(|_| Trouble::Other(format!("a request to {} cannot be signed", request.service)))?
            .into();
        let form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let headers = [form].into_iter().filter(|_| request.service != "s3");
        let body = SignableBody::Bytes(request.body.as_bytes());
        let signable = SignableRequest::new(request.method.as_str(), request.url.as_str(), headers.clone(), body);
        let (signature, _) = sign(signable.map_err(unsigned)?, &parameters).map_err(unsigned)?.into_parts();

        let mut builder = self.client.request(request.method.clone(), request.url.clone());
        for (name, value) in headers.chain(signature.headers()) {
            builder = builder.header(name, value);
        }
        let host = request.url.host_str().unwrap_or_default();
        let response = builder.body(request.body.to_string()).send().await.map_err(|error| {
            let why = if error.is_connect() { "cannot be reached" } else { "does not answer" };
            Trouble::Unreachable(format!("{host} {why}"))
        })?;
        let status = response.status();
        let date = response
            .headers()
            .get(DATE)
            .and_then(|date| date.to_str().ok())
            .and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        let at = date.and_then(since_1970).unwrap_or_else(|| self.outside.now());
        let text = response.text().await;
        let body =
            Zeroizing::new(text.map_err(|_| Trouble::Unreachable(format!("{host} does not finish its answer")))?);
        if status.is_success() { Ok(Response { body, at }) } else { Err(trouble(request, id, status.as_u16(), &body)) }
    }

    /// Where a service of users is.
    pub(super) fn url(&self, service: &str) -> Result<Url, Trouble> {
        let own = match (service, self.place.region.as_str()) {
            ("iam", region) if region.starts_with("cn-") => "https://iam.cn-north-1.amazonaws.com.cn/".to_string(),
            ("iam", region) if region.starts_with("us-gov-") => "https://iam.us-gov.amazonaws.com/".to_string(),
            ("iam", _) => "https://iam.amazonaws.com/".to_string(),
            (service, region) if region.starts_with("cn-") => format!("https://{service}.{region}.amazonaws.com.cn/"),
            (service, region) => format!("https://{service}.{region}.amazonaws.com/"),
        };
        let given = if service == "s3" { &self.place.s3 } else { &self.place.iam };
        let text = given.as_ref().unwrap_or(&own);
        Url::parse(text).map_err(|_| Trouble::Other(format!("the address of {service} is no URL")))
    }

    /// IAM is one for a partition, and signed for the region that it is in.
    fn region(&self, service: &str) -> &str {
        match self.place.region.as_str() {
            region if service != "iam" => region,
            region if region.starts_with("cn-") => "cn-north-1",
            region if region.starts_with("us-gov-") => "us-gov-west-1",
            _ => "us-east-1",
        }
    }
}

/// See [`Aws::pauses`].
pub(super) struct Pauses<'a> {
    outside: &'a dyn Outside,
    pause: Duration,
    longest_pause: Duration,
    over: Duration,
}

impl Pauses<'_> {
    /// Waits, unless it is over.
    pub(super) async fn wait(&mut self) -> bool {
        if self.outside.now() + self.pause > self.over {
            return false;
        }
        self.outside.sleep(self.pause).await;
        self.pause = self.longest_pause.min(self.pause * 2);
        true
    }
}

/// A moment as IAM writes it.
pub(super) fn moment(text: &str) -> Option<Duration> {
    since_1970(DateTime::from_str(text, Format::DateTimeWithOffset).ok()?)
}

fn since_1970(date: DateTime) -> Option<Duration> {
    u64::try_from(date.secs()).ok().map(Duration::from_secs)
}

fn trouble(request: &Request<'_>, id: &str, status: u16, body: &str) -> Trouble {
    let answer = Answer::read(body);
    let (code, message) = (answer.get("Code").unwrap_or_default(), answer.get("Message").unwrap_or_default());
    let (id, action) = (id.to_string(), request.action.to_string());
    let is_late = message.starts_with("Signature expired") || message.starts_with("Signature not yet");
    match code {
        "RequestExpired" | "RequestTimeTooSkewed" => {
            Trouble::Other("this machine's clock is wrong, AWS says".to_string())
        }
        "SignatureDoesNotMatch" if is_late => Trouble::Other("this machine's clock is wrong, AWS says".to_string()),
        "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "AuthFailure"
        | "UnrecognizedClientException"
        | "InvalidSignatureException" => Trouble::Refused(id),
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => Trouble::Denied(id, action),
        "NoSuchEntity" => Trouble::Missing(action),
        "LimitExceeded" => Trouble::Limit,
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "SlowDown" => {
            Trouble::Unreachable(format!("AWS throttles `{action}`"))
        }
        _ if status >= 500 || status == 429 => Trouble::Unreachable(format!("AWS answers {status} to `{action}`")),
        "" => Trouble::Other(format!("AWS answers {status} to `{action}`")),
        _ => Trouble::Other(format!("AWS answers `{code}` to `{action}`")),
    }
}
