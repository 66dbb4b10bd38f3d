//! Connections that can be reset in the middle of an answer.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::Server;

/// A listener whose connections are counted and can be reset.
pub(super) struct Resettable {
    pub(super) listener: TcpListener,
    pub(super) server: Server,
}

/// One of them.
pub(super) struct Stream {
    stream: TcpStream,
    left: Left,
}

/// How many bytes a connection still sends before it is reset.
#[derive(Clone)]
pub(super) struct Left(Arc<AtomicUsize>);

impl Left {
    /// Resets the connection after so many bytes.
    pub(super) fn set(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

impl Listener for Resettable {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        self.server.lock().counters.connections += 1;
        // Answers are small and their last packet must not wait for an acknowledgement.
        drop(stream.set_nodelay(true));
        (Stream { stream, left: Left(Arc::new(AtomicUsize::new(usize::MAX))) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Resettable>> for Left {
    fn connect_info(stream: IncomingStream<'_, Resettable>) -> Self {
        stream.io().left.clone()
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.left.0.load(Ordering::Relaxed);
        if left == usize::MAX {
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        }
        if left == 0 {
            // Closing such a socket sends RST in place of FIN.
            drop(self.stream.set_zero_linger());
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let bytes = bytes.get(..left).unwrap_or(bytes);
        let sent = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.left.set(left - sent);
        Poll::Ready(Ok(sent))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
