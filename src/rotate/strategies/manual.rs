//! Strategy `manual`: a person makes and revokes the credential at the provider; rpconf tries it, hands it out, and
//! proves that the old one is gone.

use std::time::Duration;

use super::super::{
    Accepts, Consumer, Credential, Fault, Generated, Login, Maker, Nature, Outside, Retirement, Standing, Strategy,
    Survey,
};
use super::ses;
use super::smtp::Server;
use crate::model::Secret;
use crate::vault::BoxFuture;

/// The operator, at a terminal.
pub trait Ask {
    /// Whether there is one.
    fn is_there(&self) -> bool {
        true
    }

    /// A line, `default` where nothing was typed.
    fn line<'a>(&'a self, question: &'a str, default: &'a str) -> BoxFuture<'a, Result<String, Fault>>;

    /// A secret, without an echo.
    fn secret<'a>(&'a self, question: &'a str) -> BoxFuture<'a, Result<Secret<String>, Fault>>;

    /// Waits until the operator says that something was done.
    fn done<'a>(&'a self, what: &'a str) -> BoxFuture<'a, Result<(), Fault>>;
}

/// How often and how long a provider is given to do what the operator told it.
#[derive(Debug, Clone)]
pub struct Patience {
    /// Attempts.
    pub attempts: u32,
    /// The pause between them.
    pub pause: Duration,
}

/// How often a value that was just pasted is tried: one with a typing error is refused for good, and a provider that sees
/// many refusals locks the user out.
const PASTED: u32 = 3;

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 20, pause: Duration::from_secs(6) }
    }
}

/// A credential of a provider that has no interface for it.
pub struct Manual<'a> {
    /// What it is for, as in `the SMTP password`.
    what: String,
    /// Where it can be tried.
    server: Option<Server>,
    /// Whether the user is written where no rotation can change it.
    user_stays: bool,
    patience: Patience,
    ask: &'a dyn Ask,
    outside: &'a dyn Outside,
}

impl<'a> Manual<'a> {
    /// A credential that is called `what`, and can be tried at `server` if there is one.
    pub fn new(
        what: impl Into<String>,
        server: Option<Server>,
        patience: Patience,
        ask: &'a dyn Ask,
        outside: &'a dyn Outside,
    ) -> Self {
        Self { what: what.into(), server, user_stays: false, patience, ask, outside }
    }

    /// The same for a user that the document names outright: only the value changes.
    pub fn with_fixed_user(self, user_stays: bool) -> Self {
        Self { user_stays, ..self }
    }

    async fn probe(&self, credential: &Credential) -> Login {
        match &self.server {
            Some(server) => server.login(credential).await,
            None => Login::Untested,
        }
    }

    /// Tries until the answer is the one that the operator brought about.
    async fn until(&self, credential: &Credential, expect: &Login) -> Login {
        self.tried(credential, expect, self.patience.attempts).await
    }

    async fn tried(&self, credential: &Credential, expect: &Login, attempts: u32) -> Login {
        let mut found = self.probe(credential).await;
        for _ in 1..attempts {
            if found == *expect || found == Login::Untested {
                break;
            }
            self.outside.sleep(self.patience.pause).await;
            found = self.probe(credential).await;
        }
        found
    }

    #[expect(clippy::disallowed_methods, reason = "a value that cannot be the new one is told before it is staged")]
    async fn make(&self, standing: &Standing) -> Result<Generated, Fault> {
        let what = &self.what;
        let current = &standing.current;
        let question = format!("make a second credential for {what} at the provider; its user");
        let user = match &current.user {
            Some(user) if !self.user_stays => Some(self.ask.line(&question, user).await?),
            user => user.clone(),
        };
        let password = match self.server.as_ref().and_then(|server| ses::region(&server.host)) {
            Some(region) => {
                let question = format!("the new value of {what}, or the secret access key that SES derives it from");
                ses::password(self.ask.secret(&question).await?, region)
            }
            None => self.ask.secret(&format!("the new value of {what}")).await?,
        };
        let text = password.expose();
        let unfit = |why: &str| Err(Fault::Unfit(format!("the new value of {what} {why}")));
        if text.is_empty() {
            return unfit("is empty");
        }
        if text.chars().any(char::is_control) {
            return unfit("holds a control character");
        }
        if user == current.user && text == current.password.expose() {
            return unfit("is the current one");
        }
        let credential = Credential { user: user.clone(), password, verifier: None };
        match self.tried(&credential, &Login::Works, PASTED.min(self.patience.attempts)).await {
            Login::Refused => unfit("is refused by the server: was it pasted whole"),
            Login::Unknown(why) => Err(Fault::Unreachable(why)),
            Login::Works | Login::Untested => Ok(Generated { credential, name: user }),
        }
    }

    async fn enable(&self, credential: &Credential) -> Result<(), Fault> {
        if self.probe(credential).await == Login::Refused {
            self.ask.done(&format!("let the provider take {}", self.words(credential))).await?;
        }
        self.prove(credential).await
    }

    async fn prove(&self, credential: &Credential) -> Result<(), Fault> {
        match self.until(credential, &Login::Works).await {
            Login::Works | Login::Untested => Ok(()),
            Login::Refused => Err(Fault::Rejected(format!("the server refuses {}", self.words(credential)))),
            Login::Unknown(why) => Err(Fault::Unreachable(why)),
        }
    }

    async fn revoke(&self, credential: &Credential, keep: &Credential) -> Result<Retirement, Fault> {
        self.prove(keep).await?;
        if self.probe(credential).await != Login::Refused {
            self.ask.done(&format!("revoke {} at the provider", self.words(credential))).await?;
        }
        match self.until(credential, &Login::Refused).await {
            Login::Refused | Login::Untested => Ok(Retirement::Done),
            Login::Works => Err(Fault::Unfit(format!("the server still takes {}", self.words(credential)))),
            Login::Unknown(why) => Err(Fault::Unreachable(why)),
        }
    }

    /// Which one is meant: two may have one user, and nobody remembers values.
    fn words(&self, credential: &Credential) -> String {
        let user = credential.user.as_ref().map(|user| format!(" of `{user}`")).unwrap_or_default();
        format!("the credential{user} for {}", self.what)
    }

    async fn look(&self, standing: &Standing) -> Survey {
        let mut survey = Survey::default();
        match (&self.server, self.probe(&standing.current).await) {
            (Some(server), Login::Works) => {
                survey.facts.push(format!("{}:{} takes the current credential", server.host, server.port));
            }
            (Some(server), Login::Refused) => survey.block(
                format!("{}:{} refuses the current credential", server.host, server.port),
                "write one that works into the vault item",
            ),
            (_, Login::Unknown(why)) => survey.block(why, "run where the mail server can be reached"),
            _ => survey.warnings.push(format!("{} cannot be tried from here: you have to be right", self.what)),
        }
        if !self.ask.is_there() {
            survey
                .block("a person is needed, and this runs at no terminal", "run it by hand, in a terminal of your own");
        }
        survey.will.push(format!("ask you for a second credential for {}, made at the provider", self.what));
        survey.will.push("ask you to revoke the old one there".to_string());
        survey
    }
}

impl Strategy for Manual<'_> {
    fn name(&self) -> &'static str {
        "manual"
    }

    fn nature(&self) -> Nature {
        Nature { maker: Maker::Operator, accepts: Accepts::Both }
    }

    fn survey<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Survey, Fault>> {
        Box::pin(async { Ok(self.look(standing).await) })
    }

    fn generate<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Generated, Fault>> {
        Box::pin(self.make(standing))
    }

    fn login<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Login> {
        Box::pin(self.probe(credential))
    }

    fn apply<'a>(&'a self, credential: &'a Credential, _beside: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(self.enable(credential))
    }

    fn verify<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(self.prove(credential))
    }

    /// A provider does not tell who logs in; the new one has to.
    fn gauge<'a>(
        &'a self,
        _old: &'a Credential,
        new: &'a Credential,
        _since: Duration,
    ) -> BoxFuture<'a, Result<Vec<Consumer>, Fault>> {
        Box::pin(async { self.prove(new).await.map(|()| vec![]) })
    }

    fn retire<'a>(
        &'a self,
        credential: &'a Credential,
        keep: &'a Credential,
        _since: Duration,
    ) -> BoxFuture<'a, Result<Retirement, Fault>> {
        Box::pin(self.revoke(credential, keep))
    }
}
