//! The line to a client that watches: messages in, and bytes out that are shared with all who are sent the same. What
//! does not go at once waits here, and nothing further is made for this client until it has gone: one that takes
//! nothing costs nothing.

use axum::body::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tungstenite::protocol::{Message, Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Result};

use super::MOST_MESSAGE;
use crate::api::patient::Patient;

/// Bytes that are read at once: clients say little.
const READ: usize = 4 << 10;
/// Bytes that are written at once: the system gives the processor to nobody else meanwhile.
const WRITE: usize = 16 << 10;

pub(super) struct Line {
    io: Box<dyn Io>,
    protocol: WebSocketContext,
    out: VecDeque<Bytes>,
    /// When something was taken last, or had nothing to wait for.
    taken: Instant,
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Io for S {}

/// What comes next on a line.
#[derive(Debug)]
pub(super) enum Next {
    Heard(Message),
    /// All that waited was sent.
    Idle,
}

impl Line {
    /// To be called where the line is to be served: a plain one is watched there from then on, and no longer by
    /// whoever took the connection.
    pub(super) fn of(upgraded: Upgraded) -> io::Result<Line> {
        type Plain = TokioIo<Patient<TcpStream>>;
        let (io, read): (Box<dyn Io>, Vec<u8>) = match upgraded.downcast::<Plain>() {
            Ok(parts) => {
                let stream = parts.io.into_inner().into_inner().into_std()?;
                (Box::new(TcpStream::from_std(stream)?), parts.read_buf.to_vec())
            }
            Err(upgraded) => (Box::new(TokioIo::new(upgraded)), Vec::new()),
        };
        let config = WebSocketConfig::default()
            .read_buffer_size(READ)
            .max_message_size(Some(MOST_MESSAGE))
            .max_frame_size(Some(MOST_MESSAGE));
        let protocol = WebSocketContext::from_partially_read(read, Role::Server, Some(config));
        Ok(Line { io, protocol, out: VecDeque::new(), taken: Instant::now() })
    }

    pub(super) fn put(&mut self, bytes: Bytes) {
        if self.out.is_empty() {
            self.taken = Instant::now();
        }
        self.out.push_back(bytes);
    }

    /// Whether nothing waits to be taken.
    pub(super) fn is_idle(&self) -> bool {
        self.out.is_empty()
    }

    /// For how long the client has taken nothing of what waits for it.
    pub(super) fn stalled(&self) -> Duration {
        if self.out.is_empty() { Duration::ZERO } else { self.taken.elapsed() }
    }

    /// Sends what waits, and hears what comes.
    pub(super) async fn next(&mut self) -> Result<Next> {
        poll_fn(|context| {
            if !self.out.is_empty()
                && let Poll::Ready(sent) = self.send(context)
            {
                return Poll::Ready(sent.map(|()| Next::Idle).map_err(Error::Io));
            }
            self.hear(context).map_ok(Next::Heard)
        })
        .await
    }

    /// Says this last, after what was begun; or answers a farewell.
    pub(super) async fn end(&mut self, last: Option<Bytes>) -> io::Result<()> {
        self.out.truncate(1);
        match last {
            Some(last) => self.out.push_back(last),
            None => {
                poll_fn(|context| {
                    // Whatever is said now, the answer to the farewell is on the line.
                    let _ = self.hear(context);
                    Poll::Ready(())
                })
                .await;
            }
        }
        poll_fn(|context| self.send(context)).await?;
        poll_fn(|context| Pin::new(&mut *self.io).poll_shutdown(context)).await
    }

    fn send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(bytes) = self.out.front_mut() {
            match Pin::new(&mut *self.io).poll_write(context, &bytes[..bytes.len().min(WRITE)]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(sent)) => {
                    self.taken = Instant::now();
                    drop(bytes.split_to(sent));
                    if bytes.is_empty() {
                        self.out.pop_front();
                    }
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Pin::new(&mut *self.io).poll_flush(context)
    }

    fn hear(&mut self, context: &mut Context<'_>) -> Poll<Result<Message>> {
        let mut answers = Vec::new();
        let mut turned = Turned { io: &mut *self.io, context, answers: &mut answers };
        let heard = self.protocol.read(&mut turned);
        // Pongs, and the answer to a farewell.
        if !answers.is_empty() {
            self.put(answers.into());
            context.waker().wake_by_ref();
        }
        match heard {
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Poll::Pending,
            other => Poll::Ready(other),
        }
    }
}

/// The line, as the protocol reads and writes it.
struct Turned<'l, 'c> {
    io: &'l mut dyn Io,
    context: &'l mut Context<'c>,
    answers: &'l mut Vec<u8>,
}

impl Read for Turned<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut into = ReadBuf::new(into);
        match Pin::new(&mut *self.io).poll_read(self.context, &mut into) {
            Poll::Ready(read) => read.map(|()| into.filled().len()),
            Poll::Pending => Err(ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Turned<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.answers.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
