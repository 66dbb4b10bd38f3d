//! The templates, rendered as docs/templates.md has them, and read by the programs that they are for.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The blocks of a language in a page.
pub fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("a page");
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).filter_map(|part| part.split("```").next()).map(str::to_string).collect()
}

/// The first of them.
pub fn block(page: &str, language: &str) -> String {
    blocks(page, language).into_iter().next().expect("a block")
}

/// A copy of the project with the page's outputs laid over the demo, rendered; answers the folder of its files.
fn rendered(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["env", "templates"] {
        std::fs::create_dir(folder.join(part)).expect("a folder");
        for file in std::fs::read_dir(root.join(part)).expect("a folder").flatten() {
            std::fs::copy(file.path(), folder.join(part).join(file.file_name())).expect("a copy");
        }
    }
    let document = format!("extends: demo\n{}", block("docs/templates.md", "yaml"));
    std::fs::write(folder.join("env/all.yml"), document).expect("a file");
    let done = Command::new(env!("CARGO_BIN_EXE_rpconf"))
        .args(["-q", "-C"])
        .arg(folder)
        .args(["render", "all"])
        .output()
        .expect("rpconf");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    folder.join("build/all")
}

fn read(path: PathBuf) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_template_is_documented_and_rendered() {
    let folder = tempfile::tempdir().expect("a folder");
    let built = rendered(folder.path());
    let page = block("docs/templates.md", "yaml");
    let templates = std::fs::read_dir(folder.path().join("templates")).expect("a folder").flatten();
    for template in templates {
        let name = template.file_name().to_string_lossy().into_owned();
        assert!(page.contains(&format!("template: {name},")), "docs/templates.md does not have {name}");
    }
    let agent = read(built.join("worker/td_agent/rapidpro.conf"));
    let units: Vec<&str> = agent.lines().filter(|line| line.contains("_SYSTEMD_UNIT")).collect();
    assert_eq!(units.len(), 7, "{agent}");
    let matches = agent.split("matches ").nth(1).and_then(|rest| rest.split("]\n").next()).expect("matches");
    let matches: serde_json::Value =
        serde_json::from_str(&format!("{matches}]")).expect("JSON, as the plugin reads it");
    assert_eq!(matches[7]["_SYSTEMD_SLICE"], "system-log\\x2dto\\x2djournal.slice");
}

#[test]
fn nginx_takes_the_upstreams_and_the_locations() {
    let folder = tempfile::tempdir().expect("a folder");
    let built = rendered(folder.path());
    let (upstreams, locations) =
        (built.join("web/nginx/rapidpro-upstreams.conf"), built.join("web/locations/rapidpro-locations.conf"));
    let whole = format!(
        "daemon off;\npid {0}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n    access_log off;\n    \
         client_body_temp_path {0}/b;\n    proxy_temp_path {0}/p;\n    fastcgi_temp_path {0}/f;\n    \
         uwsgi_temp_path {0}/u;\n    scgi_temp_path {0}/s;\n    include {1};\n    server {{\n        \
         listen 127.0.0.1:8999;\n        include {2};\n    }}\n}}\n",
        folder.path().display(),
        upstreams.display(),
        locations.display()
    );
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, whole).expect("a file");
    let tested = Command::new("/usr/sbin/nginx")
        .args(["-t", "-c"])
        .arg(&file)
        .output()
        .expect("nginx is missing: install the Debian package nginx-light");
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
    let text = read(upstreams) + &read(locations);
    for part in ["server 10.9.0.11:8005;", "server 10.9.0.11:8090;", "location ^~ /c/ {", "location ^~ /mr/ {"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    for never in ["/ci/", "/mi/", "198.51.100.", "0.0.0.0"] {
        assert!(!text.contains(never), "{never} in {text}");
    }
}

#[test]
fn systemd_takes_the_units() {
    let folder = tempfile::tempdir().expect("a folder");
    let built = rendered(folder.path());
    let units = folder.path().join("units");
    std::fs::create_dir(&units).expect("a folder");
    let put = |name: &str, text: &str| {
        let path = units.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        // The program is where the tests have it.
        std::fs::write(path, text.replace("/usr/local/bin/rpconf", env!("CARGO_BIN_EXE_rpconf"))).expect("a unit");
    };
    let mut names = vec![];
    for (output, unit) in [
        ("courier_unit", "courier.service"),
        ("mailroom_unit", "mailroom.service"),
        ("indexer_unit", "rapidpro-indexer.service"),
        ("archiver_unit", "rapidpro-archiver.service"),
    ] {
        put(unit, "[Service]\nUser=daemon\nExecStart=/bin/true\n");
        put(&format!("{unit}.d/rpconf.conf"), &read(built.join(format!("worker/{output}/rpconf.conf"))));
        names.push(unit.to_string());
    }
    put("nginx.service", &read(built.join("web/nginx_unit/nginx.service")));
    put("log-to-journal@.service", &read(built.join("web/log_unit/log-to-journal@.service")));
    put("rpconf-apply@.service", &read(built.join("worker/apply_unit/rpconf-apply@.service")));
    put("rpconf-apply@.timer", &read(built.join("worker/apply_timer/rpconf-apply@.timer")));
    let instances = [
        "nginx.service",
        "log-to-journal@var-log-django-django.log.service",
        "rpconf-apply@demo.service",
        "rpconf-apply@demo.timer",
    ];
    names.extend(instances.map(str::to_string));
    let path = format!("{}:", units.display());
    for name in &names {
        let verified = Command::new("systemd-analyze")
            .args(["verify", "--man=no", "--recursive-errors=no", name])
            .env("SYSTEMD_UNIT_PATH", &path)
            .output()
            .expect("systemd-analyze is missing: install the Debian package systemd");
        let errors = String::from_utf8_lossy(&verified.stderr);
        assert!(verified.status.success() && !errors.contains(&*units.to_string_lossy()), "{name}: {errors}");
    }
}
