//! A rotation that reaches another host by Ansible, as docs/ansible-push.md has it.

use std::path::Path;

use crate::consumers::python;
use crate::parts::pair::OWNER;
use crate::parts::rotation::Stack;
use crate::templates::blocks;

#[test]
fn another_host_is_told_by_the_playbook_of_the_page() {
    let stack = Stack::new().adopted();
    let page = blocks("docs/ansible-push.md", "yaml");
    let [playbook, on_rotate] = page.as_slice() else { panic!("{} blocks", page.len()) };
    let alone = "services: [courier, mailroom, archiver, indexer]}";
    let two = "services: [courier, mailroom]}\n  other: {internal: 127.0.0.2, services: [archiver, indexer]}";
    stack.edit("env/stack.yml", alone, two);
    let nobody = "outputs: {archiver: {owner: root, group: root}, indexer: {owner: root, group: root}}\n\
                  allow: [{rule: host-address, because: one machine}, {rule: resource-local, because: one machine}]\n";
    stack.edit("env/stack.yml", "resources:\n", &format!("{on_rotate}{nobody}resources:\n"));
    stack.write("push.yml", playbook);
    std::fs::create_dir(stack.at("inventory")).expect("a folder");
    let inventory = blocks("docs/ansible-push.md", "sh").swap_remove(0).replace("production", "stack");
    stack.script("../inventory/stack", inventory.trim_start_matches("#!/bin/sh\n"));
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rpconf"), stack.at("bin/rpconf")).expect("a link");
    let python = python(Path::new(env!("CARGO_MANIFEST_DIR")));
    let (ansible, here) = (python.with_file_name("ansible-playbook"), stack.at(""));
    stack.write("none.cfg", "[defaults]\n");
    // The other host is a folder of this one.
    stack.script(
        "ansible-playbook",
        &format!(
            "cd '{here}'\nexport HOME='{here}' ANSIBLE_HOME='{here}/.ansible' ANSIBLE_CONFIG='{here}/none.cfg' LC_ALL=C.UTF-8\n\
             exec '{ansible}' \"$@\" -e root='{here}root' -e ansible_connection=local -e ansible_become=false \
             -e ansible_python_interpreter='{python}' >ansible.log 2>&1\n",
            here = here.display(),
            ansible = ansible.display(),
            python = python.display(),
        ),
    );
    let rotated = stack.say(&["stack", "postgres"]);
    assert_eq!(rotated.code, Some(0), "{rotated:?} {}", stack.read("ansible.log"));
    let restarted: Vec<String> = stack.asked();
    let expect = ["mailroom", "courier", "rapidpro-indexer", "rapidpro-archiver"];
    assert_eq!(restarted, expect.map(|unit| format!("restart {unit}.service")), "{}", stack.read("ansible.log"));
    stack.at_rest("Postgres");
    assert_ne!(stack.field("Postgres", "username").as_deref(), Some(OWNER));
    let log = stack.read("ansible.log");
    let password = stack.field("Postgres", "password").expect("a password");
    assert!(log.contains("other") && !log.contains(&password), "{log}");
}
