//! Callers who read too slowly: how long an answer may wait to be taken.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How long the other end may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Waiting that anybody is allowed.
    pub at_first: Duration,
    /// Bytes that earn another second.
    pub bytes_a_second: u64,
}

impl Patience {
    /// All the waiting that so many bytes are worth.
    pub(crate) fn worth(self, bytes: u64) -> Duration {
        self.at_first + Duration::from_secs_f64(bytes as f64 / self.bytes_a_second.max(1) as f64)
    }
}

/// A connection that ends when its other end keeps what is written waiting for too long. Time in which
/// nothing has to be written does not count.
pub(crate) struct Patient<S> {
    stream: S,
    patience: Patience,
    written: u64,
    waited: Duration,
    waiting: Option<Waiting>,
}

struct Waiting {
    since: Instant,
    end: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    pub(crate) fn new(stream: S, patience: Patience) -> Self {
        Self { stream, patience, written: 0, waited: Duration::ZERO, waiting: None }
    }

    /// Lets what became of a write through, as long as the patience lasts.
    fn wait<T>(
        &mut self,
        context: &mut Context<'_>,
        tried: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(done) = tried {
            if let Some(waiting) = self.waiting.take() {
                self.waited += waiting.since.elapsed();
            }
            return Poll::Ready(done);
        }
        let left = self.patience.worth(self.written).saturating_sub(self.waited);
        let waiting = self.waiting.get_or_insert_with(|| {
            let since = Instant::now();
            Waiting { since, end: Box::pin(tokio::time::sleep_until(since + left)) }
        });
        ready!(waiting.end.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the answer is not taken")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write(context, bytes);
        let written = ready!(self.wait(context, tried))?;
        self.written += written as u64;
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        let written = ready!(self.wait(context, tried))?;
        self.written += written as u64;
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tried = Pin::new(&mut self.stream).poll_flush(context);
        self.wait(context, tried)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tried = Pin::new(&mut self.stream).poll_shutdown(context);
        self.wait(context, tried)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const PATIENCE: Patience =
        Patience { at_first: Duration::from_millis(100), bytes_a_second: 1_000 };

    #[tokio::test]
    async fn who_reads_nothing_is_waited_for_once() {
        let (here, _there) = duplex(16);
        let mut patient = Patient::new(here, PATIENCE);
        let failed = patient.write_all(&[0; 1_000]).await.unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_reads_a_byte_now_and_then_is_not_waited_for_forever() {
        let (here, mut there) = duplex(16);
        let mut patient = Patient::new(here, PATIENCE);
        let slow = tokio::spawn(async move {
            while there.read_u8().await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let failed = patient.write_all(&[0; 10_000]).await.unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
        drop(patient);
        slow.await.unwrap();
    }

    #[tokio::test]
    async fn who_reads_fast_enough_gets_everything_and_may_pause_in_between() {
        let (here, mut there) = duplex(16);
        let mut patient = Patient::new(here, PATIENCE);
        let reading = tokio::spawn(async move {
            let mut bytes = 0;
            while there.read_u8().await.is_ok() {
                bytes += 1;
            }
            bytes
        });
        patient.write_all(&[0; 5_000]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        patient.write_all(&[0; 5_000]).await.unwrap();
        drop(patient);
        assert_eq!(reading.await.unwrap(), 10_000);
    }
}
