//! What is ready for use in continuous integration: the GitHub Action, the pre-commit hook and the GitLab snippet, each
//! read from its file and run as its runner would run it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rpconf::diag::{Notes, SourceMap};
use rpconf::source::{self, Node};

const CLEAN: &str = "extends: production\nrelease: \"9.2\"\n";
const BROKEN: &str = "extends: production\nrelease: \"9.2\"\nservices:\n  courier: {COURIER_DOMAN: x}\n";

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

fn yaml(text: &str) -> std::rc::Rc<Node> {
    source::parse(SourceMap::default().add("x.yml", text), text, &mut Notes::default()).expect("YAML")
}

fn scalar(node: &Node, key: &str) -> Option<String> {
    Some(node.get(key)?.scalar()?.text.clone())
}

/// A project with an environment `x` beside `production`, which is clean.
fn project(document: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let env = folder.path().join("env");
    std::fs::create_dir(&env).expect("env");
    std::fs::copy("env/production.yml", env.join("production.yml")).expect("production");
    std::fs::write(env.join("x.yml"), document).expect("a document");
    folder
}

/// The folder of the program under test, in front of the path that bash and git are found by.
fn path() -> String {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_rpconf"));
    format!("{}:{}", program.parent().expect("a folder").display(), std::env::var("PATH").unwrap_or_default())
}

/// Runs a script as GitHub's runner does, in an environment that holds no secret.
fn bash(script: &str, folder: &Path, variables: &[(String, String)]) -> Output {
    let file = folder.join("step.sh");
    std::fs::write(&file, script).expect("a script");
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&file).current_dir(folder).env_clear();
    command.env("PATH", path()).env("HOME", folder).env("GITHUB_PATH", folder.join("paths"));
    command.env("RUNNER_TEMP", folder).env("GITHUB_ACTION_PATH", "/action");
    command.envs(variables.iter().cloned()).output().expect("bash")
}

/// The step of the action with this name: its script, and its variables with the inputs in their places.
fn step(name: &str, inputs: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    let action = yaml(&read("action.yml"));
    let declared = action.get("inputs").and_then(|node| node.mapping().cloned()).expect("inputs");
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for entry in &declared.entries {
        values.insert(entry.key.value.clone(), scalar(&entry.value, "default").expect("a default"));
    }
    for (name, value) in inputs {
        assert!(values.insert((*name).to_string(), (*value).to_string()).is_some(), "no input {name}");
    }
    let steps = action.get("runs").and_then(|runs| runs.get("steps")).expect("steps");
    let mut steps = steps.sequence().expect("a list").iter();
    let step = steps.find(|step| scalar(step, "name").as_deref() == Some(name)).expect("the step");
    assert_eq!(scalar(step, "shell").as_deref(), Some("bash"));
    let fill = |text: &str| {
        let mut text = text.to_string();
        values.iter().for_each(|(name, value)| text = text.replace(&format!("${{{{ inputs.{name} }}}}"), value));
        assert!(!text.contains("${{"), "{text} asks for more than inputs");
        text
    };
    let script = scalar(step, "run").expect("a script");
    assert!(!script.contains("${{"), "an input inside of a script could end it");
    let variables = step.get("env").and_then(|env| env.mapping().cloned()).unwrap_or_default().entries;
    let variable = |entry: &source::Entry| (entry.key.value.clone(), fill(&entry.value.scalar().expect("text").text));
    (script, variables.iter().map(variable).collect())
}

fn run_action(document: &str, inputs: &[(&str, &str)]) -> (tempfile::TempDir, i32, String) {
    let folder = project(document);
    let (script, variables) = step("Check", inputs);
    let output = bash(&script, folder.path(), &variables);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.code().is_some(), "{}", String::from_utf8_lossy(&output.stderr));
    (folder, output.status.code().unwrap_or(-1), text)
}

#[test]
fn the_action_annotates_the_line_at_fault() {
    let (_, code, text) = run_action(BROKEN, &[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.starts_with("::error file=env/x.yml,line=4,"), "{text}");
    let (_, code, text) = run_action(CLEAN, &[]);
    assert_eq!((code, text.as_str()), (0, ""));
    let (_, code, _) = run_action(BROKEN, &[("environments", "production")]);
    assert_eq!(code, 0, "only what is named is checked");
    let (_, code, _) = run_action(BROKEN, &[("environments", "production x")]);
    assert_eq!(code, 1);
    let (_, code, _) = run_action(CLEAN, &[("environments", "$(touch hurt) ; exit 0 #")]);
    assert_eq!(code, 2, "an input is a name and never a command");
}

#[test]
fn the_action_fails_on_warnings_when_asked() {
    let warned = format!("{CLEAN}resources: {{postgres: {{sslmode: disable}}}}\n");
    assert_eq!(run_action(&warned, &[]).1, 0);
    assert_eq!(run_action(&warned, &[("strict", "true")]).1, 1);
}

#[test]
fn the_action_writes_a_report_even_when_it_fails() {
    let (folder, code, _) = run_action(BROKEN, &[("sarif", "rpconf.sarif")]);
    let report: serde_json::Value = serde_json::from_str(&read(folder.path().join("rpconf.sarif"))).expect("JSON");
    assert_eq!((code, report["version"].as_str()), (1, Some("2.1.0")));
}

#[test]
fn the_action_builds_the_program_where_there_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let (script, _) = step("Install rpconf", &[]);
    let nothing = bash(&script, folder.path(), &[]);
    assert!(nothing.status.success() && !folder.path().join("paths").exists(), "it is on the path already");
    // A path with bash's own tools and a cargo that only says what it was asked.
    let tools = folder.path().join("tools");
    std::fs::create_dir(&tools).expect("tools");
    let stub = "#!/bin/sh\necho \"$@\"\n";
    std::fs::write(tools.join("cargo"), stub).expect("a stub");
    let bits = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(tools.join("cargo"), bits).expect("bits");
    let alone = ("PATH".to_string(), format!("{}:/usr/bin:/bin", tools.display()));
    let built = bash(&script, folder.path(), &[alone]);
    let said = String::from_utf8_lossy(&built.stdout).into_owned();
    assert!(said.starts_with("install --quiet --locked --path /action --root "), "{said}");
    assert!(read(folder.path().join("paths")).ends_with("/rpconf/bin\n"));
}

#[test]
fn the_hook_stops_a_commit_that_breaks_an_environment() {
    let program = Path::new("target/test-venv/bin/pre-commit").canonicalize().expect("run tests/install");
    let hooks = tempfile::tempdir().expect("a folder");
    std::fs::copy(".pre-commit-hooks.yaml", hooks.path().join(".pre-commit-hooks.yaml")).expect("the hooks");
    let project = project(CLEAN);
    let git = |folder: &Path, words: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]);
        command
            .args(words)
            .current_dir(folder)
            .env("PATH", path())
            .env("PRE_COMMIT_HOME", project.path().join(".cache"));
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git")
    };
    let done = |output: Output| assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    done(git(hooks.path(), &["init", "-q"]));
    done(git(hooks.path(), &["add", "."]));
    done(git(hooks.path(), &["commit", "-qm", "hooks"]));
    let head = String::from_utf8(git(hooks.path(), &["rev-parse", "HEAD"]).stdout).expect("a hash");
    let hook = "{id: rpconf-check-system, verbose: true}";
    let config = format!("repos: [{{repo: {}, rev: {}, hooks: [{hook}]}}]\n", hooks.path().display(), head.trim());
    std::fs::write(project.path().join(".pre-commit-config.yaml"), config).expect("a configuration");
    std::fs::write(project.path().join(".gitignore"), ".cache\n").expect("a list");
    done(git(project.path(), &["init", "-q"]));
    let hooked = Command::new(&program)
        .arg("install")
        .current_dir(project.path())
        .env("PRE_COMMIT_HOME", project.path().join(".cache"))
        .output()
        .expect("pre-commit");
    done(hooked);
    done(git(project.path(), &["add", "."]));
    done(git(project.path(), &["commit", "-qm", "clean"]));
    std::fs::write(project.path().join("env/x.yml"), BROKEN).expect("a document");
    let refused = git(project.path(), &["commit", "-qam", "broken"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned() + &String::from_utf8_lossy(&refused.stdout);
    assert!(!refused.status.success() && said.contains("env/x.yml:4:13"), "{said}");
    done(Command::new(&program).args(["validate-manifest", ".pre-commit-hooks.yaml"]).output().expect("pre-commit"));
}

#[test]
fn the_snippet_for_gitlab_checks_every_environment() {
    let manual = read("docs/ci.md");
    let gitlab = manual.split("## GitLab").nth(1).and_then(|text| text.split("```yaml\n").nth(1)).expect("a snippet");
    let job = yaml(gitlab.split("```").next().expect("its end"));
    let script = job.get("environments").and_then(|job| job.get("script")).expect("a script");
    let lines: Vec<String> =
        script.sequence().expect("lines").iter().map(|l| l.scalar().unwrap().text.clone()).collect();
    for (document, code) in [(CLEAN, Some(0)), (BROKEN, Some(1))] {
        assert_eq!(bash(&lines.join("\n"), project(document).path(), &[]).status.code(), code, "{lines:?}");
    }
}
