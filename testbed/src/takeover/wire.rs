//! The way from one replica to the API server, which can be cut: nothing goes through, in neither direction, and nobody is told.

use anyhow::{Context, Result};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A way that bytes go, or do not.
pub struct Wire {
    /// Where it begins.
    pub url: String,
    whole: watch::Sender<bool>,
}

impl Wire {
    /// A whole one, to this server.
    pub async fn to(server: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("binding a wire")?;
        let url = format!("https://{}", listener.local_addr().context("reading its address")?);
        let (whole, state) = watch::channel(true);
        let server = server.trim_start_matches("https://").to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), state.clone()));
            }
        });
        Ok(Self { url, whole })
    }

    /// Cuts it: what is open stays open, and silent. New connections get no answer.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Mends it, for new connections: those that were cut end.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn carry(mut client: TcpStream, server: String, mut state: watch::Receiver<bool>) -> Result<()> {
    state.wait_for(|whole| *whole).await.context("nobody mends the wire")?;
    let mut server = TcpStream::connect(server).await?;
    tokio::select! {
        copied = copy_bidirectional(&mut client, &mut server) => { copied?; }
        _ = state.wait_for(|whole| !*whole) => {}
    }
    // Cut: both ends stay open until it is mended.
    let _ = state.wait_for(|whole| *whole).await;
    Ok(())
}
