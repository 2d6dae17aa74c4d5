//! A wire between a client and the API server that can be cut after the request went through.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const PASS: u8 = 0;
const LOSE_NEXT: u8 = 1;
const HOLD: u8 = 2;

/// The wire. Requests always go through; answers as it is told.
#[derive(Clone)]
pub struct Proxy {
    pub port: u16,
    mode: Arc<AtomicU8>,
}

impl Proxy {
    pub async fn to(server: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = Self { port: listener.local_addr()?.port(), mode: Arc::default() };
        let (server, mode) = (server.trim_start_matches("https://").to_owned(), proxy.mode.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), mode.clone()));
            }
        });
        Ok(proxy)
    }
    /// Hangs up instead of the next answer.
    pub fn lose_next(&self) {
        self.mode.store(LOSE_NEXT, Ordering::SeqCst);
    }
    /// Keeps answers back.
    pub fn hold(&self) {
        self.mode.store(HOLD, Ordering::SeqCst);
    }
    /// Lets answers through on new connections.
    pub fn pass(&self) {
        self.mode.store(PASS, Ordering::SeqCst);
    }
}

async fn carry(client: TcpStream, server: String, mode: Arc<AtomicU8>) -> Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    let requests = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let n = from_server.read(&mut buffer).await?;
        let lose = mode.compare_exchange(LOSE_NEXT, PASS, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if n == 0 || lose {
            requests.abort();
            return Ok(());
        }
        if mode.load(Ordering::SeqCst) == HOLD {
            std::future::pending::<()>().await;
        }
        to_client.write_all(&buffer[..n]).await?;
    }
}
