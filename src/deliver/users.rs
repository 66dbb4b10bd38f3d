//! Names of users and groups to numbers.

use std::io;

/// Who is who on a host.
pub trait Users {
    /// A user's number.
    fn user(&self, name: &str) -> io::Result<Option<u32>>;
    /// A group's number.
    fn group(&self, name: &str) -> io::Result<Option<u32>>;
}

/// The number of an account in a file such as `/etc/passwd` or `/etc/group`: `name:x:number:…`.
pub fn account(file: &[u8], name: &str) -> Option<u32> {
    let text = String::from_utf8_lossy(file);
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::account;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let file =
            b"root:x:0:0:root:/root:/bin/bash\n# courier:x:5\ncourier:x:1001:1002::/home/courier:/bin/sh\nbad:x\n";
        let check = |name: &str, expect: Option<u32>| assert_eq!(account(file, name), expect, "{name}");
        check("courier", Some(1001));
        check("root", Some(0));
        check("cour", None);
        check("bad", None);
        check("x", None);
    }
}
