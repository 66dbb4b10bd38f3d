//! A terminal for a child, as large as our own and set like it.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

/// A pseudoterminal whose other side is the child's.
pub(super) struct Terminal {
    ours: OwnedFd,
    outer: OwnedFd,
}

/// While it lives, our own terminal hands on every key as it is.
pub(super) struct Raw {
    outer: OwnedFd,
    before: Termios,
}

impl Terminal {
    /// Opens one.
    #[expect(clippy::disallowed_methods, reason = "standard input is the terminal that the child's stands for")]
    pub(super) fn open() -> io::Result<Self> {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        unlockpt(&ours)?;
        let terminal = Self { ours, outer: io::stdin().as_fd().try_clone_to_owned()? };
        tcsetattr(terminal.childs_side()?, OptionalActions::Now, &tcgetattr(&terminal.outer)?)?;
        terminal.take_size();
        Ok(terminal)
    }

    /// The side that the child has.
    pub(super) fn childs_side(&self) -> io::Result<OwnedFd> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        Ok(ioctl_tiocgptpeer(&self.ours, flags)?)
    }

    /// Our side: what is written is typed, what is read is shown.
    pub(super) fn ours(&self) -> io::Result<OwnedFd> {
        self.ours.try_clone()
    }

    /// Gives the child's terminal the size of ours; the kernel tells the child.
    pub(super) fn take_size(&self) {
        if let Ok(size) = tcgetwinsize(&self.outer) {
            let _ = tcsetwinsize(&self.ours, size);
        }
    }

    /// Sets our own terminal so that the child's alone gives keys a meaning.
    pub(super) fn raw(&self) -> io::Result<Raw> {
        let before = tcgetattr(&self.outer)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&self.outer, OptionalActions::Now, &raw)?;
        Ok(Raw { outer: self.outer.try_clone()?, before })
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Now, not after output is written: a reader that is gone must not keep the terminal raw.
        let _ = tcsetattr(&self.outer, OptionalActions::Now, &self.before);
    }
}
