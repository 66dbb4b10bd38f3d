//! Carries bytes between a child and whoever looks at it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::run::{Mask, Needles};

/// How long output may rest before what is held back of it is looked at again: a person does not notice.
const REST: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// Copies what a child prints until it ends, without secrets.
pub(super) fn output(from: &OwnedFd, needles: &Needles, to: &mut dyn Write) {
    let mut mask = Mask::new(needles);
    let mut buffer = vec![0; 1 << 16];
    loop {
        if mask.holds() && !is_ready(from) {
            let rest = mask.idle();
            if write(to, &rest).is_err() {
                return;
            }
            // What is still held waits for more, however long that takes.
            let _ = poll(&mut [PollFd::new(from, PollFlags::IN)], None);
        }
        // A terminal whose other side is closed answers EIO.
        let Ok(read @ 1..) = rustix::io::retry_on_intr(|| rustix::io::read(from, &mut *buffer)) else { break };
        let shown = mask.push(buffer.get(..read).unwrap_or_default());
        // Dropping our end tells the child by SIGPIPE that nobody reads any more.
        if write(to, &shown).is_err() {
            return;
        }
    }
    let _ = write(to, &mask.finish());
}

fn write(to: &mut dyn Write, bytes: &[u8]) -> std::io::Result<()> {
    if bytes.is_empty() { Ok(()) } else { to.write_all(bytes).and_then(|()| to.flush()) }
}

fn is_ready(from: &OwnedFd) -> bool {
    poll(&mut [PollFd::new(from, PollFlags::IN)], Some(&REST)).is_ok_and(|ready| ready > 0)
}

/// The key that ends input on a terminal.
const END: &[u8] = b"\x04";

/// Copies what is typed to a child's terminal.
pub(super) fn keys(from: &OwnedFd, to: OwnedFd) {
    let mut to = File::from(to);
    let mut from = match from.try_clone() {
        Ok(from) => File::from(from),
        Err(_) => return,
    };
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(buffer.get(..read).unwrap_or_default()).is_err() {
            return;
        }
    }
    let _ = to.write_all(END);
}
