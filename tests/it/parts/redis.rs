//! Redis servers of one's own: with users in an ACL file or in the configuration, alone or as a replica.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::servers::{command, free_port, unprivileged_folder, wait};

/// Where a server keeps its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Users {
    /// In a file of theirs.
    AclFile,
    /// In the configuration.
    Configuration,
}

/// A server, stopped when it is dropped.
pub struct RedisServer {
    folder: TempDir,
    owner: Option<u32>,
    child: Option<Child>,
    pub port: u16,
}

impl RedisServer {
    /// A primary with one password.
    pub fn start(users: Users, password: &str) -> Self {
        Self::with(users, password, None, "")
    }

    /// A replica with the same password for itself and its primary.
    pub fn replica(users: Users, password: &str, primary: u16) -> Self {
        Self::with(users, password, Some(primary), "")
    }

    /// With lines of configuration besides.
    pub fn with(users: Users, password: &str, primary: Option<u16>, more: &str) -> Self {
        let (folder, owner) = unprivileged_folder();
        let port = free_port();
        let quoted = password.replace('\\', "\\\\").replace('"', "\\\"");
        let mut settings = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsave \"\"\nlogfile log\nslowlog-log-slower-than 0\nrepl-diskless-sync-delay 0\n{more}\n",
            folder.path().display()
        );
        match users {
            Users::Configuration => settings += &format!("requirepass \"{quoted}\"\n"),
            Users::AclFile => {
                let users = format!("user default on #{} ~* &* +@all\n", digest(password));
                std::fs::write(folder.path().join("users.acl"), users).expect("a file");
                settings += &format!("aclfile {}\n", folder.path().join("users.acl").display());
            }
        }
        if let Some(primary) = primary {
            settings += &format!("replicaof 127.0.0.1 {primary}\nmasterauth \"{quoted}\"\n");
        }
        std::fs::write(folder.path().join("redis.conf"), settings).expect("a file");
        for file in std::fs::read_dir(folder.path()).expect("a folder").flatten() {
            chown(file.path(), owner, owner).expect("a file of its own");
        }
        let mut server = Self { folder, owner, child: None, port };
        server.run();
        server
    }

    /// Starts it where it was stopped.
    pub fn run(&mut self) {
        let started = command(Path::new("redis-server"), self.owner).arg(self.path("redis.conf")).spawn();
        self.child = Some(started.expect("redis-server is missing: run tests/run"));
        let asks = |mut client: Client| client.send(&["PING"]).is_err_and(|answer| answer.starts_with("NOAUTH"));
        wait("Redis", || Client::connect(self.port).is_some_and(asks));
    }

    /// Stops it without a word.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub fn restart(&mut self) {
        self.kill();
        self.run();
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// A connection that logged in.
    pub fn login(&self, password: &str) -> Result<Client, String> {
        let mut client = Client::connect(self.port).ok_or("no connection")?;
        client.send(&["AUTH", password])?;
        Ok(client)
    }

    /// The answer to a command.
    pub fn say(&self, password: &str, words: &[&str]) -> String {
        self.login(password).and_then(|mut client| client.send(words)).unwrap_or_else(|error| error)
    }

    /// Waits until replication runs.
    pub fn in_sync(&self, password: &str) {
        wait("replication", || self.say(password, &["INFO", "replication"]).contains("master_link_status:up"));
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What an ACL holds of a password.
pub fn digest(password: &str) -> String {
    Sha256::digest(password.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A client that shows what was sent and answered as it is.
pub struct Client(BufReader<TcpStream>);

impl Client {
    pub fn connect(port: u16) -> Option<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        Some(Self(BufReader::new(stream)))
    }

    /// Sends a command and reads its answer, lists line by line.
    pub fn send(&mut self, words: &[&str]) -> Result<String, String> {
        self.tell(words);
        self.read().map_err(|error| error.to_string())?
    }

    /// Sends a command and leaves its answer.
    pub fn tell(&mut self, words: &[&str]) {
        let mut bytes = format!("*{}\r\n", words.len());
        for word in words {
            bytes += &format!("${}\r\n{word}\r\n", word.len());
        }
        let _ = self.0.get_mut().write_all(bytes.as_bytes());
    }

    /// Everything that comes for a while.
    pub fn listen(&mut self, time: Duration) -> String {
        self.0.get_mut().set_read_timeout(Some(time)).expect("a timeout");
        let mut bytes = vec![];
        let _ = self.0.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn read(&mut self) -> std::io::Result<Result<String, String>> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let (kind, rest) = line.trim_end().split_at(1);
        Ok(match kind {
            "-" => Err(rest.to_string()),
            "$" if rest == "-1" => Ok(String::new()),
            "$" => {
                let mut bytes = vec![0; rest.parse::<usize>().expect("a length") + 2];
                self.0.read_exact(&mut bytes)?;
                bytes.truncate(bytes.len() - 2);
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            }
            "*" => {
                let mut all = vec![];
                for _ in 0..rest.parse::<i64>().expect("a length").max(0) {
                    all.push(self.read()?.unwrap_or_else(|error| error));
                }
                Ok(all.join("\n"))
            }
            _ => Ok(rest.to_string()),
        })
    }
}

/// Something that speaks Redis and answers each command by a rule.
pub fn stub(answer: fn(&str) -> String) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut client = Client(BufReader::new(stream));
                while let Ok(Ok(words)) = client.read() {
                    if client.0.get_mut().write_all(answer(&words.replace('\n', " ")).as_bytes()).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}
