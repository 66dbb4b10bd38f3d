//! Rotation's strategies for tokens that services compare, and for what a person changes at a provider.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use rpconf::model::Secret;
use rpconf::rotate::strategies::manual::{Ask, Manual, Patience};
use rpconf::rotate::strategies::ses;
use rpconf::rotate::strategies::smtp::{Encryption, Server};
use rpconf::rotate::strategies::token::{Service, Token};
use rpconf::rotate::{Consumer, Credential, Fault, Login, Retirement, Strategy as _, Survey};
use rpconf::vault::BoxFuture;

use crate::deployment::awkward_secret;
use crate::parts::outside::{World, block_on, standing};
use crate::parts::smtp::SmtpServer;

fn token(text: &str) -> Credential {
    Credential::password(Secret::new(text.to_string()))
}

/// A service that compares its token as mailroom and courier do: an empty one in mailroom is not compared.
struct Comparing {
    told: Arc<Mutex<String>>,
    url: String,
}

impl Comparing {
    fn start(token: &str) -> Self {
        let told = Arc::new(Mutex::new(token.to_string()));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let router = axum::Router::new().fallback(compare).with_state(told.clone());
        std::thread::spawn(move || {
            block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, router).await.expect("a server");
            });
        });
        Self { told, url }
    }

    fn tell(&self, token: &str) {
        token.clone_into(&mut self.told.lock().expect("no panic"));
    }
}

async fn compare(State(told): State<Arc<Mutex<String>>>, uri: Uri, headers: HeaderMap) -> StatusCode {
    let told = told.lock().expect("no panic");
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (taken, known) = match uri.path() {
        "/mr/flow/inspect" => (told.is_empty() || sent.strip_prefix("Token ") == Some(&told), true),
        "/c/_fetch-attachment" => (sent.strip_prefix("Bearer ") == Some(&told), true),
        _ => (false, false),
    };
    match (known, taken) {
        (false, _) => StatusCode::NOT_FOUND,
        (true, false) => StatusCode::UNAUTHORIZED,
        // What was sent is no valid question.
        (true, true) => StatusCode::BAD_REQUEST,
    }
}

fn both_sides(service: Service, urls: &[&str]) -> Token<'static> {
    let urls: Vec<String> = urls.iter().map(|url| url.to_string()).collect();
    Token::new(service, &urls, Duration::from_secs(2), &World).expect("a client")
}

#[test]
fn a_token_is_followed_through_every_process_that_compares_it() {
    for service in [Service::Mailroom, Service::Courier] {
        let processes = [Comparing::start("old"), Comparing::start("old")];
        let strategy = both_sides(service, &[&processes[0].url, &processes[1].url]);
        let old = token("old");
        let survey = block_on(strategy.survey(&standing(old.clone()))).expect("a survey");
        assert_eq!(survey.blocked, []);
        assert_eq!(survey.facts.len(), 2, "{survey:#?}");
        assert!(survey.gap.is_some_and(|gap| gap.contains("are refused")));

        let new = block_on(strategy.generate(&standing(old.clone()))).expect("a token").credential;
        assert_eq!(new.password.expose().len(), 43);
        let behind = || block_on(strategy.gauge(&old, &new, Duration::ZERO)).expect("a measure");
        let logins = || [&old, &new].map(|one| block_on(strategy.login(one)));
        assert_eq!((behind().len(), logins()), (2, [Login::Works, Login::Refused]));
        assert!(block_on(strategy.verify(&new)).is_err());

        processes[0].tell(new.password.expose());
        assert_eq!((behind().len(), logins()), (1, [Login::Refused, Login::Refused]));
        let retired = block_on(strategy.retire(&old, &new, Duration::ZERO));
        assert!(matches!(&retired, Err(Fault::Unfit(what)) if what.contains("still takes the old token")));

        processes[1].tell(new.password.expose());
        assert_eq!((behind().len(), logins()), (0, [Login::Refused, Login::Works]));
        for _ in 0..2 {
            block_on(strategy.verify(&new)).expect("verified");
            assert_eq!(block_on(strategy.retire(&old, &new, Duration::ZERO)), Ok(Retirement::Done));
        }
    }
}

fn check_blocked(survey: &Survey, part: &str) {
    let [blocked] = survey.blocked.as_slice() else { panic!("{survey:#?}") };
    assert!(blocked.what.contains(part), "{part}: {survey:#?}");
}

#[test]
fn an_empty_token_is_never_handed_out() {
    let mailroom = Comparing::start("");
    let strategy = both_sides(Service::Mailroom, &[&mailroom.url]);
    let look = |current: &str| block_on(strategy.survey(&standing(token(current)))).expect("a survey");
    check_blocked(&look("old"), "takes any token");
    mailroom.tell("another");
    check_blocked(&look("old"), "refuses the token in the vault");
    assert!(look(" ").blocked[0].what.contains("is empty"));
    let empty = block_on(strategy.gauge(&token("old"), &token(""), Duration::ZERO));
    assert!(matches!(&empty, Err(Fault::Unfit(what)) if what.contains("lets everyone in")), "{empty:?}");
}

#[test]
fn a_process_that_is_not_up_again_is_waited_for() {
    let gone = format!("http://127.0.0.1:{}/", crate::servers::free_port());
    let strategy = both_sides(Service::Mailroom, &[&gone]);
    let found = block_on(strategy.gauge(&token("old"), &token("new"), Duration::ZERO)).expect("a measure");
    let address = gone.trim_start_matches("http://").trim_end_matches('/').to_string();
    let name = "mailroom, which does not answer".to_string();
    assert_eq!(found, [Consumer { name, address, connections: 1 }]);
    check_blocked(&block_on(strategy.survey(&standing(token("old")))).expect("a survey"), "does not answer");
    let nowhere = both_sides(Service::Mailroom, &[]);
    assert_eq!(block_on(nowhere.login(&token("old"))), Login::Untested);
    let survey = block_on(nowhere.survey(&standing(token("old")))).expect("a survey");
    assert_eq!((survey.blocked.len(), survey.warnings.len()), (0, 1));
}

/// One side restarts after the other; what is refused in between is counted at the caller.
#[test]
fn the_gap_of_a_token_is_as_long_as_the_restarts_are_apart() {
    let mailroom = Comparing::start("old");
    let caller = both_sides(Service::Mailroom, &[&mailroom.url]);
    let (old, new) = (token("old"), token("new"));
    let switch = Instant::now() + Duration::from_millis(300);
    mailroom.tell("new");
    let begun = Instant::now();
    let (mut refused, mut gap) = (0, Duration::ZERO);
    while begun.elapsed() < Duration::from_millis(600) {
        let presented = if Instant::now() < switch { &old } else { &new };
        if block_on(caller.login(presented)) == Login::Refused {
            refused += 1;
            gap = begun.elapsed();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(refused > 3 && gap < Duration::from_millis(450), "{refused} refusals, the last after {gap:?}");
}

/// An operator who answers from a list, and does as told at the provider.
struct Operator<'a> {
    answers: RefCell<Vec<String>>,
    asked: RefCell<Vec<String>>,
    provider: &'a dyn Fn(&str),
}

impl<'a> Operator<'a> {
    fn new(answers: &[&str], provider: &'a dyn Fn(&str)) -> Self {
        let answers = answers.iter().rev().map(|answer| answer.to_string()).collect();
        Self { answers: RefCell::new(answers), asked: RefCell::default(), provider }
    }

    fn answer(&self, question: &str) -> Result<String, Fault> {
        self.asked.borrow_mut().push(question.to_string());
        self.answers.borrow_mut().pop().ok_or(Fault::Unfit("nobody answers".to_string()))
    }
}

impl Ask for Operator<'_> {
    fn line<'a>(&'a self, question: &'a str, default: &'a str) -> BoxFuture<'a, Result<String, Fault>> {
        let answer = self.answer(question).map(|it| if it.is_empty() { default.to_string() } else { it });
        Box::pin(async { answer })
    }

    fn secret<'a>(&'a self, question: &'a str) -> BoxFuture<'a, Result<Secret<String>, Fault>> {
        let answer = self.answer(question).map(Secret::new);
        Box::pin(async { answer })
    }

    fn done<'a>(&'a self, what: &'a str) -> BoxFuture<'a, Result<(), Fault>> {
        self.asked.borrow_mut().push(what.to_string());
        (self.provider)(what);
        Box::pin(async { Ok(()) })
    }
}

fn manual<'a>(server: Option<Server>, ask: &'a dyn Ask) -> Manual<'a> {
    let patience = Patience { attempts: 3, pause: Duration::from_millis(20) };
    Manual::new("the SMTP password", server, patience, ask, &World)
}

const USER: &str = "mail@example.org";

#[test]
fn a_mail_credential_is_asked_for_tried_and_proven_gone() {
    let old = awkward_secret();
    for encryption in [Encryption::StartTls, Encryption::Implicit] {
        let smtp = SmtpServer::start();
        let new = "second+/=\" $%";
        smtp.let_in(&[(USER, &old), ("other@example.org", new)]);
        let provider = |what: &str| {
            assert!(what.starts_with("revoke the credential of `mail@example.org`"), "{what}");
            smtp.let_in(&[("other@example.org", new)]);
        };
        let operator = Operator::new(&["other@example.org", new], &provider);
        let strategy = manual(Some(smtp.at(encryption)), &operator);
        let current = Credential::login(USER, Secret::new(old.clone()));
        let survey = block_on(strategy.survey(&standing(current.clone()))).expect("a survey");
        assert_eq!((survey.blocked.len(), survey.facts.len()), (0, 1), "{survey:#?}");

        let made = block_on(strategy.generate(&standing(current.clone()))).expect("a value");
        assert_eq!(made.name.as_deref(), Some("other@example.org"));
        let next = made.credential;
        for _ in 0..2 {
            block_on(strategy.apply(&next, &current)).expect("applied");
            block_on(strategy.verify(&next)).expect("verified");
        }
        assert_eq!([&current, &next].map(|one| block_on(strategy.login(one))), [Login::Works, Login::Works]);
        assert_eq!(block_on(strategy.gauge(&current, &next, Duration::ZERO)), Ok(vec![]));
        for _ in 0..2 {
            assert_eq!(block_on(strategy.retire(&current, &next, Duration::ZERO)), Ok(Retirement::Done));
        }
        assert_eq!([&current, &next].map(|one| block_on(strategy.login(one))), [Login::Refused, Login::Works]);
        let asked = operator.asked.borrow();
        assert_eq!(asked.len(), 3, "{asked:#?}");
        assert!(asked.iter().all(|question| !question.contains(new) && !question.contains(&old)));
        let notes = smtp.notes();
        assert!(notes.len() > 8 && notes.iter().all(|note| note.ends_with("encrypted")), "no mail: {notes:?}");
        assert!(smtp.users().exists());
    }
}

#[test]
fn a_value_that_cannot_be_the_new_one_is_not_staged() {
    let smtp = SmtpServer::start();
    smtp.let_in(&[(USER, "old")]);
    let nothing = |_: &str| {};
    for (answers, why) in [
        (["", ""], "is empty"),
        (["", "a\tb"], "control character"),
        (["", "old"], "is the current one"),
        (["", "mistyped"], "refused by the server"),
    ] {
        let operator = Operator::new(&answers, &nothing);
        let strategy = manual(Some(smtp.at(Encryption::StartTls)), &operator);
        let made = block_on(strategy.generate(&standing(Credential::login(USER, Secret::new("old".to_string())))));
        let fault = made.map(drop).expect_err(why).to_string();
        assert!(fault.contains(why) && !fault.contains("mistyped"), "{fault}");
    }
}

#[test]
fn a_credential_is_not_called_gone_while_it_logs_in() {
    let smtp = SmtpServer::start();
    smtp.let_in(&[(USER, "old"), (USER, "new")]);
    let [old, new] = ["old", "new"].map(|it| Credential::login(USER, Secret::new(it.to_string())));
    let nothing = |_: &str| {};
    let operator = Operator::new(&[], &nothing);
    let strategy = manual(Some(smtp.at(Encryption::StartTls)), &operator);
    let retired = block_on(strategy.retire(&old, &new, Duration::ZERO));
    assert!(matches!(&retired, Err(Fault::Unfit(what)) if what.contains("still takes")), "{retired:?}");
    smtp.let_in(&[(USER, "old")]);
    let refused = block_on(strategy.retire(&old, &new, Duration::ZERO));
    assert!(matches!(refused, Err(Fault::Rejected(_))), "the last valid one: {refused:?}");

    // What the provider was told to take again.
    let enabled = |_: &str| smtp.let_in(&[(USER, "old"), (USER, "new")]);
    let operator = Operator::new(&[], &enabled);
    let strategy = manual(Some(smtp.at(Encryption::StartTls)), &operator);
    block_on(strategy.apply(&new, &old)).expect("applied");
    assert_eq!(block_on(strategy.login(&new)), Login::Works);
}

#[test]
fn a_mail_server_that_cannot_be_trusted_or_reached_is_no_refusal() {
    let smtp = SmtpServer::start();
    smtp.let_in(&[(USER, "old")]);
    let login = |server: &Server| block_on(server.login(&Credential::login(USER, Secret::new("old".to_string()))));
    let right = smtp.at(Encryption::StartTls);
    assert_eq!(login(&right), Login::Works);
    let stranger = Server { ca: None, ..right.clone() };
    let closed = Server { port: crate::servers::free_port(), ..right.clone() };
    let confused = Server { port: smtp.at(Encryption::Implicit).port, patience: Duration::from_secs(1), ..right };
    for (server, part) in [(stranger, "TLS"), (closed, "cannot be reached"), (confused, "does not answer")] {
        let Login::Unknown(why) = login(&server) else { panic!("{part}") };
        assert!(why.contains(part), "{part}: {why}");
    }
}

/// Two other implementations: Amazon's own signing in botocore, and the steps of its manual.
#[test]
fn the_password_of_ses_is_derived_as_amazon_does() {
    let key = "FAKE/secret+access/key+of/forty/letters0".to_string();
    assert_eq!(key.len(), 40);
    let pairs = [("eu-west-1", key.clone()), ("us-gov-west-1", key), ("us-east-1", "K".repeat(40))];
    let arguments: Vec<&dyn AsRef<std::ffi::OsStr>> =
        pairs.iter().flat_map(|(region, key)| [region as &dyn AsRef<std::ffi::OsStr>, key]).collect();
    let python = crate::deployment::root().join("target/test-venv/bin/python");
    let expect = crate::deployment::python(&python, "ses_password.py", &arguments);
    let made = pairs.map(|(region, key)| ses::derived(&Secret::new(key), region).expose().clone());
    assert_eq!(serde_json::json!(made), expect);
}
