//! What a trial must not reach: a mail server, a receiver of webhooks, production's database. Each row has three of its own, which count every byte
//! that comes from the caller, and pass it on to what really answers.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::process::{Child, Command};

/// Who answers.
#[derive(Clone)]
enum Behind {
    Mail(u16),
    Http,
    Database(PathBuf),
}

/// One of them.
pub struct Sink {
    pub address: String,
    bytes: Arc<AtomicUsize>,
}

impl Sink {
    async fn open(behind: Behind) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, bytes) = (listener.local_addr()?.to_string(), Arc::new(AtomicUsize::new(0)));
        let heard = bytes.clone();
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                tokio::spawn(answer(caller, behind.clone(), heard.clone()));
            }
        });
        Ok(Self { address, bytes })
    }

    pub fn heard(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }
}

async fn answer(mut caller: TcpStream, behind: Behind, bytes: Arc<AtomicUsize>) -> Result<()> {
    match behind {
        Behind::Mail(port) => pass(caller, TcpStream::connect(("127.0.0.1", port)).await?, bytes).await,
        Behind::Database(socket) => pass(caller, UnixStream::connect(socket).await?, bytes).await,
        Behind::Http => {
            let mut buffer = [0; 4096];
            while let count @ 1.. = caller.read(&mut buffer).await? {
                bytes.fetch_add(count, Ordering::SeqCst);
                caller.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await?;
            }
            Ok(())
        }
    }
}

/// To and fro, until one of them ends.
async fn pass(caller: TcpStream, server: impl AsyncRead + AsyncWrite + Unpin, bytes: Arc<AtomicUsize>) -> Result<()> {
    let (mut from, mut to) = caller.into_split();
    let (mut says, mut hears) = tokio::io::split(server);
    let forth = async {
        let mut buffer = [0; 4096];
        while let count @ 1.. = from.read(&mut buffer).await? {
            bytes.fetch_add(count, Ordering::SeqCst);
            hears.write_all(&buffer[..count]).await?;
        }
        Ok(())
    };
    tokio::select! {
        done = forth => done,
        done = tokio::io::copy(&mut says, &mut to) => Ok(done.map(drop)?),
    }
}

/// The three of a row.
pub struct Sinks {
    pub mail: Sink,
    pub http: Sink,
    pub database: Sink,
}

impl Sinks {
    pub async fn open(mail: u16, database: PathBuf) -> Result<Self> {
        Ok(Self {
            mail: Sink::open(Behind::Mail(mail)).await?,
            http: Sink::open(Behind::Http).await?,
            database: Sink::open(Behind::Database(database)).await?,
        })
    }

    /// As an egress Job takes them.
    pub fn addresses(&self) -> String {
        [&self.mail, &self.http, &self.database].map(|sink| sink.address.as_str()).join(" ")
    }

    /// Mail, webhook, database: how many bytes.
    pub fn heard(&self) -> [usize; 3] {
        [&self.mail, &self.http, &self.database].map(Sink::heard)
    }
}

/// A real mail server, aiosmtpd, of the tests of notices. Every mail to anybody is taken.
pub struct Mail {
    pub port: u16,
    _child: Child,
}

impl Mail {
    pub async fn start() -> Result<Self> {
        let made = Command::new(uplift_testbed::project().join("testbed/python/prepare")).output().await?;
        let python = String::from_utf8(made.stdout)?;
        let script = uplift_testbed::project().join("tests/wire/email/server.py");
        let mut command = Command::new(python.trim());
        command.arg(script).arg("{}").stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.stderr(std::process::Stdio::null()).kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("a server without stdout")?).lines();
        let first: Value = serde_json::from_str(&lines.next_line().await?.context("the mail server says its port")?)?;
        let port = first["port"].as_u64().context("a port")?.try_into()?;
        // A full pipe would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { port, _child: child })
    }
}
