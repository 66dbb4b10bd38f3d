//! `strace` around a program: the calls by which it changes something, and what ends or hinders it at one of them. Children
//! are not followed: a call is counted among those of the program's first thread, and so is the same in each run.

use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// What leaves the process: to files, names, and the network.
pub const CALLS: &str = "write,writev,pwrite64,sendto,sendmsg,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir,mkdirat,fchmod,fchown";

/// What makes a file or starts a program, besides.
pub const BEGINNINGS: &str = "openat,clone,clone3,vfork,fork";

/// A call.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: String,
    /// Which of that name it is, from 1.
    pub nth: usize,
    /// As strace writes it.
    pub text: String,
}

impl Call {
    /// Runs a program that is killed before this call is made; whether it came that far.
    pub fn kill(&self, program: &Command) -> bool {
        let inject = format!("inject={}:signal=SIGKILL:when={}", self.name, self.nth);
        let (status, said) = under(program, &["-o", "/dev/null", "-e", &format!("trace={}", self.name), "-e", &inject]);
        // As a child that strace had, it ends strace the same way.
        let killed = std::os::unix::process::ExitStatusExt::signal(&status) == Some(9) || status.code() == Some(137);
        assert!(killed || status.success(), "{} {}: {status} {said}", self.name, self.nth);
        killed
    }

    /// Runs a program to which the kernel answers this call by an error, and with `on` each later one of its name too.
    pub fn fail(&self, program: &Command, error: &str, on: bool) -> (ExitStatus, String) {
        let more = if on { "+" } else { "" };
        let inject = format!("inject={}:error={error}:when={}{more}", self.name, self.nth);
        under(program, &["-o", "/dev/null", "-e", &format!("trace={}", self.name), "-e", &inject])
    }
}

/// All calls of a run, in their order: [`CALLS`], and of the beginnings those that make a file or a process.
pub fn calls(program: &Command, beginnings: bool, trace: &Path) -> Vec<Call> {
    let traced = if beginnings { format!("trace={CALLS},{BEGINNINGS}") } else { format!("trace={CALLS}") };
    let (status, said) = under(program, &["-s", "400", "-o", &trace.display().to_string(), "-e", &traced]);
    assert!(status.success(), "{said}");
    let text = std::fs::read_to_string(trace).expect("a trace");
    let mut calls: Vec<Call> = vec![];
    for line in text.lines() {
        let Some((name, _)) = line.split_once('(') else { continue };
        let nth = calls.iter().filter(|call| call.name == name).count() + 1;
        calls.push(Call { name: name.to_string(), nth, text: line.to_string() });
    }
    calls.retain(|call| call.name != "openat" || call.text.contains("O_CREAT"));
    calls
}

/// Runs a program below strace.
fn under(program: &Command, options: &[&str]) -> (ExitStatus, String) {
    let mut strace = Command::new("strace");
    strace.args(options).arg(program.get_program()).args(program.get_args());
    if let Some(folder) = program.get_current_dir() {
        strace.current_dir(folder);
    }
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    let done = strace.stdin(Stdio::null()).output().expect("strace is missing: run tests/run");
    (done.status, String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
}
