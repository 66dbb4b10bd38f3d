//! Deployments compiled by the real program, and the programs that read what it wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The release lines of `env/production.yml`'s promise.
pub const RELEASES: [&str; 4] = ["5.2", "7.4", "9.2", "26.2"];

/// The user that goes with [`awkward_secret`].
pub const AWKWARD_USER: &str = "rapid:pro@1";

/// Each printable character of ASCII, once.
pub fn awkward_secret() -> String {
    (' '..='~').collect()
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A document and a vault in a folder of their own, and what `rpconf render` made of them there.
pub struct Deployment {
    folder: TempDir,
    /// What the program said.
    pub said: String,
}

impl Deployment {
    /// `env/production.yml` with nothing but its release line changed.
    pub fn production(release: &str) -> Deployment {
        let document = std::fs::read_to_string(root().join("env/production.yml")).expect("the document");
        let vault = std::fs::read_to_string(root().join("tests/vaults/production.vault.yml")).expect("the vault");
        Deployment::new(&at_release(&document, release), &vault)
    }

    /// `tests/documents/every_character.yml` with servers at these ports.
    pub fn awkward(release: &str, postgres: u16, redis: u16) -> Deployment {
        Deployment::with_login(release, postgres, redis, AWKWARD_USER, &awkward_secret())
    }

    /// The same, with another login in the vault.
    pub fn with_login(release: &str, postgres: u16, redis: u16, user: &str, password: &str) -> Deployment {
        let document =
            std::fs::read_to_string(root().join("tests/documents/every_character.yml")).expect("the document");
        let document = document.replace("port: 5432", &format!("port: {postgres}"));
        let document = document.replace("port: 6379", &format!("port: {redis}"));
        let field = |label: &str, value: &str| json!({"label": label, "value": value});
        let former = json!({"label": "prev_password", "value": "former", "section": {"id": "rpconf-rotation"}});
        let awkward = json!([field("username", user), field("password", password), former]);
        let key = json!([field("password", "000000010000000200000003FFFFFFFF")]);
        let items = json!([{"title": "Awkward", "fields": awkward}, {"title": "Obfuscation", "fields": key}]);
        let vault = json!({"plaintext": true, "vaults": [{"name": "Test", "items": items}]});
        Deployment::new(&at_release(&document, release), &vault.to_string())
    }

    /// `env/demo.yml`, with what it extends and its template.
    pub fn demo() -> Deployment {
        let files = ["env/base.yml", "env/demo.yml", "env/demo.vault.yml", "templates/nginx-upstreams.conf.j2"];
        let files = files.map(|path| (path, std::fs::read_to_string(root().join(path)).expect("a file")));
        Deployment::of(&files, &["demo"])
    }

    /// A document `env/production.yml` and its vault.
    fn new(document: &str, vault: &str) -> Deployment {
        let files = [("env/production.yml", document.to_string()), ("env/production.vault.yml", vault.to_string())];
        Deployment::of(&files, &["production", "--vault", "file:env/production.vault.yml"])
    }

    fn of(files: &[(&str, String)], arguments: &[&str]) -> Deployment {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        let mut deployment = Deployment { folder, said: String::new() };
        let done = deployment.rpconf(&[&["render", "--out", "out"], arguments].concat());
        deployment.said = String::from_utf8(done.stderr).expect("UTF-8");
        assert_eq!(done.status.code(), Some(0), "{}", deployment.said);
        deployment
    }

    /// What `rpconf` answers in this folder.
    pub fn rpconf(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_rpconf"))
            .args(["-C", &self.folder.path().to_string_lossy()])
            .args(arguments)
            .output()
            .expect("rpconf")
    }

    /// A rendered file's place.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join("out").join(file)
    }

    /// Every rendered file, by its path.
    pub fn files(&self) -> BTreeMap<String, String> {
        files_below(&self.path(""))
    }

    /// The environment that bash has once it sourced a service's file.
    pub fn environment(&self, file: &str) -> BTreeMap<String, String> {
        let done = Command::new("bash")
            .args(["--noprofile", "--norc", "-c", r#"set -ea; . "$1"; exec /usr/bin/env -0"#, "bash"])
            .arg(self.path(file))
            .env_clear()
            .output()
            .expect("bash is missing: run tests/run");
        assert!(done.status.success(), "{file}: {}", String::from_utf8_lossy(&done.stderr));
        let pairs = String::from_utf8(done.stdout).expect("UTF-8");
        let of_bash = ["_", "PWD", "OLDPWD", "SHLVL", "PATH"];
        let pairs = pairs.split('\0').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| !of_bash.contains(name)).map(|(name, value)| (name.into(), value.into())).collect()
    }

    /// What a host's settings.py leaves in the names that it assigns, over that release's defaults.
    pub fn settings(&self, host: &str, release: &str) -> Value {
        self.run_settings(Path::new("python3"), "settings.py", host, release)
    }

    /// What a script of `tests/consumers` makes of a host's settings.py with the libraries of that release.
    pub fn django(&self, script: &str, host: &str, release: &str) -> Value {
        self.run_settings(&release_python(release), script, host, release)
    }

    fn run_settings(&self, interpreter: &Path, script: &str, host: &str, release: &str) -> Value {
        let settings = self.path(&format!("{host}/django/settings.py"));
        let defaults = root().join(format!("tests/django/settings_common_{release}.py"));
        python(interpreter, script, &[&settings, &defaults])
    }
}

/// A document with another release line.
pub fn at_release(document: &str, release: &str) -> String {
    let at = document.find("\nrelease: ").expect("a release line") + 1;
    let end = document[at..].find('\n').expect("its end") + at;
    format!("{}release: \"{release}\"{}", &document[..at], &document[end..])
}

/// Every file below a folder, by its path in it.
pub fn files_below(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("a path below").to_string_lossy().into_owned();
                files.insert(name, std::fs::read_to_string(&path).expect("a text file"));
            }
        }
    }
    files
}

/// The Python with a release's libraries.
pub fn release_python(release: &str) -> PathBuf {
    let python = root().join(format!("target/test-django-{release}/bin/python"));
    assert!(python.exists(), "{} is missing: tests/run makes it of tests/django", python.display());
    python
}

/// The JSON that a script of `tests/consumers` prints.
pub fn python(python: &Path, script: &str, arguments: &[&dyn AsRef<std::ffi::OsStr>]) -> Value {
    let mut command = Command::new(python);
    // Old libraries warn about their syntax under a newer Python; that is theirs to say.
    command.args(["-W", "ignore", "-B"]).arg(root().join("tests/consumers").join(script));
    for argument in arguments {
        command.arg(argument.as_ref());
    }
    let done = command.output().unwrap_or_else(|error| panic!("{}: {error}: run tests/run", python.display()));
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{script}: {errors}\n(tests/run installs what it needs)");
    serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{script}: {error}"))
}
