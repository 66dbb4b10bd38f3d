//! Strategy `both-sides`: a token that one service presents and another compares, and neither takes two.
//!
//! Both sides are told at once; from the restart of the first to that of the last, calls are refused. Mailroom compares
//! nothing where its token is empty, so an empty one is never handed out.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{StatusCode, Url};

use super::super::{
    Accepts, Consumer, Credential, Fault, Generated, Login, Maker, Nature, Outside, Retirement, Standing, Strategy,
    Survey, password,
};
use crate::model::Secret;
use crate::vault::BoxFuture;

/// Who compares the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Mailroom, called by Django with `Token …`.
    Mailroom,
    /// Courier, called by mailroom with `Bearer …`.
    Courier,
}

impl Service {
    fn name(self) -> &'static str {
        match self {
            Self::Mailroom => "mailroom",
            Self::Courier => "courier",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Mailroom => "Token",
            Self::Courier => "Bearer",
        }
    }

    /// An endpoint that only answers, whatever the release: what it is sent is no valid question.
    fn path(self) -> &'static str {
        match self {
            Self::Mailroom => "mr/flow/inspect",
            Self::Courier => "c/_fetch-attachment",
        }
    }

    fn gap(self) -> &'static str {
        match self {
            Self::Mailroom => "from the restart of mailroom to that of Django, calls from one to the other are refused",
            Self::Courier => "from the restart of courier to that of mailroom, calls from one to the other are refused",
        }
    }
}

/// A service's token, and where each process that compares it listens.
pub struct Token<'a> {
    service: Service,
    urls: Vec<Url>,
    client: reqwest::Client,
    outside: &'a dyn Outside,
}

impl<'a> Token<'a> {
    /// The token of the service that answers at `urls`, such as `http://10.0.0.5:8090/`: each of its processes, or none
    /// where they cannot be reached from here. No answer is waited for longer than `patience`.
    pub fn new(service: Service, urls: &[String], patience: Duration, outside: &'a dyn Outside) -> Result<Self, Fault> {
        let parse = |url: &String| {
            let base = Url::parse(url).and_then(|url| url.join(service.path()));
            base.map_err(|_| Fault::Unfit(format!("the address of {} is no URL", service.name())))
        };
        let urls = urls.iter().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { service, urls, client: super::http(patience)?, outside })
    }

    /// Whether a process takes a token.
    #[expect(clippy::disallowed_methods, reason = "the token is presented to the service that compares it")]
    async fn try_at(&self, url: &Url, token: &Secret<String>) -> Login {
        let at = address(url);
        let text = zeroize::Zeroizing::new(format!("{} {}", self.service.word(), token.expose()));
        let Ok(mut value) = HeaderValue::from_str(&text) else {
            return Login::Unknown("the token holds characters that no header can carry".to_string());
        };
        value.set_sensitive(true);
        let request =
            self.client.post(url.clone()).header(AUTHORIZATION, value).header(CONTENT_TYPE, "application/json");
        match request.body("{}").send().await.map(|response| response.status()) {
            Ok(StatusCode::UNAUTHORIZED) => Login::Refused,
            Ok(StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => {
                Login::Unknown(format!("{at} is not {}: it does not know {}", self.service.name(), url.path()))
            }
            Ok(StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT) | Err(_) => {
                Login::Unknown(format!("{at} does not answer"))
            }
            Ok(_) => Login::Works,
        }
    }

    async fn look(&self, standing: &Standing) -> Survey {
        let (service, name) = (self.service, self.service.name());
        let mut survey = Survey { gap: Some(service.gap().to_string()), ..Survey::default() };
        survey.will.push(format!("replace the token of {name} on both sides, and restart both at once"));
        if is_empty(&standing.current) {
            survey.block(
                format!("the token of {name} is empty"),
                "write one into the vault item, render and restart both sides; an empty one is not rotated, as a way back \
                 would lead to it",
            );
        }
        if self.urls.is_empty() {
            survey.warnings.push(format!("nothing tells from here whether {name} takes the new token"));
        }
        for url in &self.urls {
            let at = address(url);
            match self.try_at(url, &standing.current.password).await {
                Login::Works if self.try_at(url, &password(self.outside)).await == Login::Works => survey.block(
                    format!("{name} at {at} takes any token"),
                    "render and restart it with the token in the vault: it runs with an empty one",
                ),
                Login::Works | Login::Untested => survey.facts.push(format!("{name} at {at} takes the token")),
                Login::Refused => survey.block(
                    format!("{name} at {at} refuses the token in the vault"),
                    "render and restart it, or write the token that it takes into the vault item",
                ),
                Login::Unknown(why) => survey.block(why, "start it, or correct its address"),
            }
        }
        survey
    }

    /// Processes that are not on the new token, or not up again.
    async fn behind(&self, new: &Credential) -> Result<Vec<Consumer>, Fault> {
        let name = self.service.name();
        if is_empty(new) {
            return Err(Fault::Unfit(format!("the token of {name} is empty, which lets everyone in")));
        }
        let mut behind = vec![];
        for url in &self.urls {
            let consumer = |name: String| Consumer { name, address: address(url), connections: 1 };
            match self.try_at(url, &new.password).await {
                Login::Refused => behind.push(consumer(name.to_string())),
                Login::Unknown(_) => behind.push(consumer(format!("{name}, which does not answer"))),
                Login::Works | Login::Untested => {}
            }
        }
        Ok(behind)
    }

    async fn refuses(&self, old: &Credential) -> Result<(), Fault> {
        for url in &self.urls {
            let (name, at) = (self.service.name(), address(url));
            match self.try_at(url, &old.password).await {
                Login::Refused | Login::Untested => {}
                Login::Works => return Err(Fault::Unfit(format!("{name} at {at} still takes the old token"))),
                Login::Unknown(why) => return Err(Fault::Unreachable(why)),
            }
        }
        Ok(())
    }
}

impl Strategy for Token<'_> {
    fn name(&self) -> &'static str {
        "both-sides"
    }

    fn nature(&self) -> Nature {
        Nature { maker: Maker::Us, accepts: Accepts::Nobody }
    }

    fn survey<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Survey, Fault>> {
        Box::pin(async { Ok(self.look(standing).await) })
    }

    fn generate<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Generated, Fault>> {
        let user = standing.current.user.clone();
        let credential = Credential { user, password: password(self.outside), verifier: None };
        Box::pin(async { Ok(Generated { credential, name: None }) })
    }

    /// One that a process refuses is refused.
    fn login<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Login> {
        Box::pin(async {
            let mut all = Login::Untested;
            for url in &self.urls {
                match self.try_at(url, &credential.password).await {
                    Login::Works => all = Login::Works,
                    other => return other,
                }
            }
            all
        })
    }

    /// A render and a reload do it.
    fn apply<'a>(&'a self, _credential: &'a Credential, _beside: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    fn verify<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async {
            match self.behind(credential).await?.as_slice() {
                [] => Ok(()),
                [first, ..] => Err(Fault::Unfit(format!("{} at {} refuses the token", first.name, first.address))),
            }
        })
    }

    fn gauge<'a>(
        &'a self,
        _old: &'a Credential,
        new: &'a Credential,
        _since: Duration,
    ) -> BoxFuture<'a, Result<Vec<Consumer>, Fault>> {
        Box::pin(self.behind(new))
    }

    fn retire<'a>(
        &'a self,
        credential: &'a Credential,
        _keep: &'a Credential,
        _since: Duration,
    ) -> BoxFuture<'a, Result<Retirement, Fault>> {
        Box::pin(async { self.refuses(credential).await.map(|()| Retirement::Done) })
    }
}

#[expect(clippy::disallowed_methods, reason = "whether there is a token at all is not its value")]
fn is_empty(credential: &Credential) -> bool {
    credential.password.expose().trim().is_empty()
}

fn address(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"))
}
