//! A connection to the mail server. Nothing is said on it that matters before it is protected as the configuration wants.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use lettre::transport::smtp::{
    Error,
    client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters},
    extension::ClientId,
};
use tokio::{
    io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, ReadBuf},
    net::{TcpStream, lookup_host},
};

use super::{Security, refusal::Fault};

/// The server, and what a connection to it needs.
pub(super) struct Server {
    /// Host and port, as errors name them.
    pub name: String,
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub tls: TlsParameters,
    /// What we call ourselves in EHLO.
    pub hello: ClientId,
}

/// The system's authorities, and those of the bundle. Made once: connections share its cache of sessions.
pub(super) fn tls(host: &str, ca_pem: Option<&[u8]>) -> Result<TlsParameters, Error> {
    let builder = TlsParameters::builder(host.into());
    let Some(pem) = ca_pem else { return builder.build_rustls() };
    builder.add_root_certificate(Certificate::from_pem(pem)?).build_rustls()
}

impl Server {
    /// A connection that has said EHLO. `limit` is the time for the whole attempt; one address gets a third of it, so that a dead
    /// one leaves time for the next.
    pub async fn connect(&self, limit: Duration) -> Result<AsyncSmtpConnection, Fault> {
        let (server, patience) = ((self.host.as_str(), self.port), limit / 3);
        if self.security == Security::Implicit {
            let tls = Some(self.tls.clone());
            return Ok(AsyncSmtpConnection::connect_tokio1(server, Some(patience), &self.hello, tls, None).await?);
        }
        let socket = reach(server, patience).await.map_err(|error| Fault::Broke(error.to_string()))?;
        let socket = Lines { socket: BufReader::new(socket), unended: 0 };
        let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(socket), &self.hello).await?;
        if self.security == Security::StartTls {
            if !connection.can_starttls() {
                return Err(Fault::Broke("the server offers no STARTTLS, and nothing is sent in the clear".into()));
            }
            connection.starttls(self.tls.clone(), &self.hello).await?;
        }
        Ok(connection)
    }
}

async fn reach(server: (&str, u16), patience: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the name has no address");
    for address in lookup_host(server).await? {
        match tokio::time::timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(socket)) => {
                socket.set_nodelay(true)?; // each write waits for its answer: held back, it would only be late
                return Ok(socket);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

/// A socket that is read up to the end of one line at a time.
///
/// lettre keeps what it has read beyond a line. What somebody on the way puts behind the answer to STARTTLS would then count as
/// answers under TLS, an acceptance among them: a forged receipt. Read by lines it meets the TLS handshake instead, which fails.
///
/// Nor does it end a line that never ends before it has read it: here that is an error, before memory fills (I9).
#[derive(Debug)]
struct Lines {
    socket: BufReader<TcpStream>,
    /// Bytes since the last end of a line.
    unended: usize,
}

/// No answer of a mail server has so long a line (RFC 5321 says 512 bytes), and no piece of TLS without the byte of a line's end.
const LONGEST_LINE: usize = 64 * 1024;

impl AsyncTokioStream for Lines {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get_ref().peer_addr()
    }
}

impl AsyncRead for Lines {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.socket).poll_fill_buf(cx))?;
        let end = read.iter().position(|byte| *byte == b'\n');
        let line = end.map_or(read.len(), |at| at + 1).min(into.remaining());
        into.put_slice(&read[..line]);
        let ended = end.is_some_and(|at| at < line);
        Pin::new(&mut self.socket).consume(line);
        self.unended = if ended { 0 } else { self.unended + line };
        if self.unended > LONGEST_LINE {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "the mail server's answer has no end")));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Lines {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(self.socket.get_mut()).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.socket.get_mut()).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.socket.get_mut()).poll_shutdown(cx)
    }
}
