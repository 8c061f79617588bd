//! A line to a client that has to take what it is sent: one that takes nothing for long is let go, and its place is
//! another's.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// The longest that a client takes nothing of what waits for it. A WebSocket has less, and a farewell after it.
const STALLED: Duration = Duration::from_secs(15);

pub(super) struct Patient<S> {
    line: S,
    /// Runs while something waits to be taken.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub(super) fn new(line: S) -> Patient<S> {
        Patient { line, stalled: None }
    }

    pub(super) fn into_inner(self) -> S {
        self.line
    }

    /// What came of an attempt to send: too many that come to nothing are an end.
    fn judged<T>(
        stalled: &mut Option<Pin<Box<Sleep>>>,
        context: &mut Context<'_>,
        sent: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            *stalled = None;
            return sent;
        }
        let sleep = stalled.get_or_insert_with(|| Box::pin(sleep(STALLED)));
        ready!(sleep.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Patient { line, stalled } = &mut *self;
        let sent = Pin::new(line).poll_write(context, bytes);
        Patient::<S>::judged(stalled, context, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Patient { line, stalled } = &mut *self;
        let sent = Pin::new(line).poll_write_vectored(context, parts);
        Patient::<S>::judged(stalled, context, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.line.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Patient { line, stalled } = &mut *self;
        let sent = Pin::new(line).poll_flush(context);
        Patient::<S>::judged(stalled, context, sent)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Patient { line, stalled } = &mut *self;
        let sent = Pin::new(line).poll_shutdown(context);
        Patient::<S>::judged(stalled, context, sent)
    }
}
