//! A mail server in a process of its own (server.py), and the certificates that it shows.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::LazyLock,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, Command},
    sync::mpsc,
    time::timeout,
};

/// No event takes so long; a test that waits for one that never comes ends.
const PATIENCE: Duration = Duration::from_secs(30);

/// The interpreter with aiosmtpd.
static PYTHON: LazyLock<String> = LazyLock::new(|| {
    let prepare = Path::new(env!("CARGO_MANIFEST_DIR")).join("testbed/python/prepare");
    let done = std::process::Command::new(prepare).stderr(Stdio::inherit()).output().unwrap();
    assert!(done.status.success(), "testbed/python/prepare says why");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
});

/// A certificate for some name, and the authority that signed it.
pub struct Certificate {
    dir: TempDir,
    /// The authority, in PEM.
    pub ca_file: PathBuf,
}

impl Certificate {
    pub fn of(name: &str) -> Self {
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca_pem = params.self_signed(&ca_key).unwrap().pem();
        let issuer = rcgen::Issuer::new(params, ca_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new([name.into()]).unwrap().signed_by(&key, &issuer).unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("certificate"), certificate.pem()).unwrap();
        std::fs::write(dir.path().join("key"), key.serialize_pem()).unwrap();
        let ca_file = dir.path().join("ca");
        std::fs::write(&ca_file, ca_pem).unwrap();
        Self { dir, ca_file }
    }

    /// The server's configuration with this certificate; `tls` is `starttls` or `implicit`.
    pub fn with(&self, tls: &str, mut more: Value) -> Value {
        more["tls"] = tls.into();
        more["certificate"] = self.dir.path().join("certificate").to_str().into();
        more["key"] = self.dir.path().join("key").to_str().into();
        more
    }
}

pub struct Server {
    pub port: u16,
    events: mpsc::UnboundedReceiver<Value>,
    stdin: ChildStdin,
    _child: Child,
}

impl Server {
    /// A server that does what server.py says of this configuration.
    pub async fn start(config: &Value) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/email/server.py");
        let mut command = Command::new(PYTHON.as_str());
        command.args([script.as_os_str(), config.to_string().as_ref()]).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (told, mut events) = mpsc::unbounded_channel();
        // Read even when the test looks elsewhere: a full pipe would stop the server.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                _ = told.send(serde_json::from_str(&line).unwrap()); // the test may be over
            }
        });
        let first: Value = events.recv().await.expect("the server does not start");
        let port = first["port"].as_u64().unwrap().try_into().unwrap();
        Self { port, events, stdin: child.stdin.take().unwrap(), _child: child }
    }

    /// A server without TLS on which mails to these recipients meet these fates.
    pub async fn scripted(to: Value) -> Self {
        Self::start(&json!({ "to": to })).await
    }

    /// The next thing that it sees.
    pub async fn next(&mut self) -> Value {
        timeout(PATIENCE, self.events.recv()).await.expect("the server sees nothing more").unwrap()
    }

    /// What it sees until such an event, and that one.
    pub async fn until(&mut self, event: &str) -> (Vec<Value>, Value) {
        let mut before = Vec::new();
        loop {
            let next = self.next().await;
            if next["event"] == event {
                return (before, next);
            }
            before.push(next);
        }
    }

    /// The next whole mail that it gets.
    pub async fn mail(&mut self) -> Mail {
        let mail = self.until("message").await.1;
        let text = |field: &str| mail[field].as_str().unwrap_or_default().to_owned();
        let to = mail["to"][0].as_str().unwrap().to_owned();
        let content = text("content").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        Mail { to, sender: text("sender"), user: text("user"), tls: mail["tls"] == true, content }
    }

    /// Accepts what is held.
    pub async fn release(&mut self) {
        self.stdin.write_all(b"go\n").await.unwrap();
    }
}

/// A mail that the server got.
#[derive(Debug, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub sender: String,
    pub user: String,
    pub tls: bool,
    pub content: Vec<u8>,
}

impl Mail {
    /// A header that is one line.
    pub fn header(&self, name: &str) -> String {
        let text = String::from_utf8_lossy(&self.content);
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
    }
}
