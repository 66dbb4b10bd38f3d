//! Runs another program in place of this one: on a terminal of its own or through pipes, its output masked, its signals
//! and its exit code passed on.

mod leader;
mod pump;
mod signals;
mod terminal;

pub use leader::{LEAD, lead};

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;

use rustix::process::{
    DumpableBehavior, Pid, Resource, Rlimit, getrlimit, kill_process, set_dumpable_behavior, setrlimit,
};

use self::signals::Arrivals;
use self::terminal::Terminal;
use super::exit::Failure;
use crate::model::Secret;
use crate::run::Needles;

/// What is to be run. Secrets go into its environment and nowhere else.
pub struct Program {
    /// The command, word by word.
    pub command: Vec<OsString>,
    /// Variables that it gets besides this process's own.
    pub variables: Vec<(OsString, Secret<String>)>,
    /// Variables of this process that it does not get.
    pub without: &'static [&'static str],
}

impl Program {
    /// The command with its environment, run by `words`.
    #[expect(clippy::disallowed_methods, reason = "another program is run here, and gets its environment")]
    fn command(&self, words: &[OsString]) -> Command {
        let (name, rest) = words.split_first().map_or((OsString::new(), words), |(name, rest)| (name.clone(), rest));
        let mut command = Command::new(name);
        command.args(rest);
        for name in self.without {
            command.env_remove(name);
        }
        for (name, value) in &self.variables {
            command.env(name, value.expose());
        }
        command
    }
}

/// Sees to it that neither this process nor a child leaves its memory in a file. A limit of one byte, where it may be
/// set, also keeps the kernel from handing the memory to a crash handler, which a limit of zero does not (core(5)).
pub fn no_core_dumps() {
    let most = if getrlimit(Resource::Core).maximum == Some(0) { 0 } else { 1 };
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(most), maximum: Some(most) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Becomes the program: nothing of this process is left to look at its output.
pub fn become_it(program: &Program) -> Result<u8, Failure> {
    let error = program.command(&program.command).exec();
    not_run(program.command.first().map_or(OsStr::new(""), OsString::as_os_str), &error)
}

/// Runs a program and answers its exit code. Without needles its output is not looked at.
#[expect(clippy::disallowed_methods, reason = "the child's standard streams are this process's own, or stand for them")]
pub fn run(program: &Program, needles: Option<Needles>) -> Result<u8, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let runtime = runtime.map_err(|error| Failure::file("the asynchronous runtime", error))?;
    let Some(needles) = needles.map(Arc::new) else {
        return runtime.block_on(supervise(program.command(&program.command), None, Vec::new));
    };
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return runtime.block_on(on_terminal(program, needles));
    }
    let mut command = program.command(&program.command);
    let pipe = || io::pipe().map_err(|error| Failure::file("a pipe", error));
    let ((from_out, to_out), (from_err, to_err)) = (pipe()?, pipe()?);
    command.stdout(to_out).stderr(to_err);
    let (out, err) = (Arc::clone(&needles), needles);
    let pumps = move || {
        vec![
            thread::spawn(move || pump::output(&from_out.into(), &out, &mut io::stdout())),
            thread::spawn(move || pump::output(&from_err.into(), &err, &mut io::stderr())),
        ]
    };
    runtime.block_on(supervise(command, None, pumps))
}

#[expect(clippy::disallowed_methods, reason = "what is typed goes to the child, and what it shows to the terminal")]
async fn on_terminal(program: &Program, needles: Arc<Needles>) -> Result<u8, Failure> {
    let failed = |error: io::Error| Failure::file("the terminal", error);
    let terminal = Terminal::open().map_err(failed)?;
    let mut command = program.command(&leader::words(&program.command));
    let side = || terminal.childs_side().map(Stdio::from).map_err(failed);
    command.stdin(side()?).stdout(side()?).stderr(side()?);
    // Errors that go to a file stay apart from what is shown.
    let errors = if io::stderr().is_terminal() { None } else { Some(io::pipe().map_err(failed)?) };
    let errors = errors.map(|(from, to)| {
        command.stderr(to);
        from
    });
    let (shown, keys) = (terminal.ours().map_err(failed)?, terminal.ours().map_err(failed)?);
    let typed = io::stdin().as_fd().try_clone_to_owned().map_err(failed)?;
    let raw = terminal.raw().map_err(failed)?;
    let pumps = move || {
        // It ends with the process: nobody waits for a key that is not pressed any more.
        thread::spawn(move || pump::keys(&typed, keys));
        let err = Arc::clone(&needles);
        let errors = errors.map(|from| thread::spawn(move || pump::output(&from.into(), &err, &mut io::stderr())));
        let shown = thread::spawn(move || pump::output(&shown, &needles, &mut io::stdout()));
        std::iter::once(shown).chain(errors).collect()
    };
    let code = supervise(command, Some(&terminal), pumps).await;
    drop(raw);
    code
}

type Pumps = Vec<thread::JoinHandle<()>>;

/// Starts a command and waits for it, while signals are handed on.
async fn supervise(
    command: Command,
    terminal: Option<&Terminal>,
    pumps: impl FnOnce() -> Pumps,
) -> Result<u8, Failure> {
    let name = command.get_program().to_owned();
    let mut arrivals = Arrivals::new(terminal)?;
    let mut command = tokio::process::Command::from(command);
    let spawned = command.spawn();
    // The command holds the child's ends of the pipes: while they are open here, no reader sees the end.
    drop(command);
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return not_run(&name, &error),
    };
    let pumps = pumps();
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            signal = arrivals.next() => match (signal, pid, terminal) {
                (None, _, Some(terminal)) => terminal.take_size(),
                (Some(signal), Some(pid), _) => drop(kill_process(pid, signal)),
                _ => {}
            },
        }
    };
    pumps.into_iter().for_each(|pump| drop(pump.join()));
    status.map(code).map_err(|error| Failure::file(name, error))
}

/// What a shell would answer: the code, or 128 and the signal that ended it.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// The exit codes of shells for a command that is not there, or cannot be run.
fn not_run(name: &OsStr, error: &io::Error) -> Result<u8, Failure> {
    let why = format!("`{}` was not run: {error}", name.to_string_lossy());
    Err(Failure::Child { why, code: if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 } })
}
