//! A password of a mail server that a person makes at the provider, by the real program at a terminal.

use serde_json::{Value, json};

use crate::deployment::{python, root};
use crate::parts::rotation::Stack;
use crate::parts::smtp::SmtpServer;

const USER: &str = "me@example.org";

/// A stack whose mail server lets in the user by what the vault has, and a `rpconf` that trusts its certificate.
fn served() -> (Stack, SmtpServer) {
    let (stack, smtp) = (Stack::new(), SmtpServer::start());
    smtp.let_in(&[(USER, "FAKE-SMTP")]);
    let server = smtp.at(rpconf::rotate::strategies::smtp::Encryption::StartTls);
    stack.edit(
        "env/stack.yml",
        "host: smtp.example.org, port: 587",
        &format!("host: 127.0.0.1, port: {}", server.port),
    );
    stack.write("ca.pem", &String::from_utf8(server.ca.expect("a certificate")).expect("PEM"));
    stack.apply();
    (stack, smtp)
}

/// A pattern, the answer, and whom the server lets in from then on.
type Answer<'a> = (&'a str, &'a str, Option<&'a [(&'a str, &'a str)]>);

/// Runs it where a person answers.
fn answered(stack: &Stack, smtp: &SmtpServer, words: &[&str], answers: &[Answer<'_>]) -> (i64, String) {
    let command = stack.rotate(words);
    let file = smtp.users().display().to_string();
    let answers: Vec<Value> = answers
        .iter()
        .map(|(pattern, answer, users)| {
            json!([pattern, answer, users.map(|_| &file), users.map(|users| json!(users).to_string())])
        })
        .collect();
    let answers = json!(answers).to_string();
    let at = stack.at("").display().to_string();
    let mut all = vec![answers, "env".to_string(), "-C".to_string(), at];
    all.extend(command.get_envs().filter_map(|(name, value)| Some(format!("{}={}", name.display(), value?.display()))));
    all.push(format!("SSL_CERT_FILE={}", stack.at("ca.pem").display()));
    all.push(command.get_program().display().to_string());
    all.extend(command.get_args().map(|argument| argument.display().to_string()));
    let all: Vec<&dyn AsRef<std::ffi::OsStr>> = all.iter().map(|it| it as &dyn AsRef<std::ffi::OsStr>).collect();
    let told = python(&root().join("target/test-venv/bin/python"), "answering.py", &all);
    assert_eq!(told["unasked"], 0, "{told}");
    (told["code"].as_i64().expect("a code"), told["shown"].as_str().expect("a text").to_string())
}

fn sends(stack: &Stack, password: &str) -> bool {
    stack.read("root/home/mailroom/app/environment").contains(&format!(":{password}@127.0.0.1"))
}

#[test]
fn a_password_is_asked_for_tried_handed_out_and_proven_gone() {
    let (stack, smtp) = served();
    let both: &[(&str, &str)] = &[(USER, "FAKE-SMTP"), (USER, "second-one")];
    let answers = [
        ("the new value of .*: ", "second-one", Some(both)),
        ("revoke the credential of `me@example.org` .*: ", "", Some(&[(USER, "second-one")])),
    ];
    let (code, shown) = answered(&stack, &smtp, &["stack", "smtp"], &answers);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("rotated, the old credential is revoked") && !shown.contains("second-one"), "{shown}");
    assert_eq!(stack.field("SMTP", "password").as_deref(), Some("second-one"));
    assert!(sends(&stack, "second-one") && stack.open("SMTP").is_none());
    assert_eq!(stack.asked(), ["restart mailroom.service"], "nobody else sends mail here");
    assert!(smtp.notes().iter().all(|note| note.ends_with("encrypted")));
    let told = stack.read("st/audit.jsonl") + &stack.read("st/rotations/stack/smtp.jsonl");
    assert!(!told.contains("second-one") && !told.contains("FAKE-SMTP"), "{told}");
}

#[test]
fn what_the_server_refuses_is_not_staged_and_what_it_still_takes_is_not_called_gone() {
    let (stack, smtp) = served();
    let vault = stack.read("vault.yml");
    for (typed, expect) in [("FAKE-SMTP", "is the current one"), ("", "is empty")] {
        let (code, shown) = answered(&stack, &smtp, &["stack", "smtp"], &[("the new value of .*: ", typed, None)]);
        assert!(code == 3 && shown.contains(expect), "{code}: {shown}");
        assert_eq!((stack.read("vault.yml"), stack.asked()), (vault.clone(), vec![]), "{expect}");
        assert!(sends(&stack, "FAKE-SMTP"));
    }
    let fast = ["stack", "smtp", "--soak", "0.05"];
    let (code, shown) = answered(&stack, &smtp, &fast, &[("the new value of .*: ", "mistyped", None)]);
    assert!(code == 3 && shown.contains("is refused by the server") && !shown.contains("mistyped"), "{code}: {shown}");
    assert_eq!((stack.read("vault.yml"), stack.asked()), (vault, vec![]));
}

#[test]
fn nobody_at_a_terminal_and_a_dead_password_are_found_before_anything_is_changed() {
    let (stack, smtp) = served();
    let vault = stack.read("vault.yml");
    let refused = |expect: &str| {
        for words in [&["stack", "smtp"][..], &["stack", "smtp", "--dry-run"]] {
            // In a session of its own, and so without the terminal of whoever runs the tests.
            let rotate = stack.rotate(words);
            let mut alone = std::process::Command::new("setsid");
            alone.arg("--wait").arg(rotate.get_program()).args(rotate.get_args()).current_dir(stack.at(""));
            alone.envs(rotate.get_envs().filter_map(|(name, value)| Some((name, value?))));
            alone.env("SSL_CERT_FILE", stack.at("ca.pem")).stdin(std::process::Stdio::null());
            crate::parts::rotation::said(alone.output().expect("setsid")).has(3, expect);
        }
        assert_eq!((stack.read("vault.yml"), stack.asked()), (vault.clone(), vec![]), "{expect}");
    };
    refused("a person is needed, and this runs at no terminal");
    smtp.let_in(&[]);
    refused("refuses the current credential");
}
