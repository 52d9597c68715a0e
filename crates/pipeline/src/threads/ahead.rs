//! The next result is computed while the last one is taken.

use std::sync::mpsc::sync_channel;

use tokio::runtime::{Handle, RuntimeFlavor};

use crate::error::Error;

/// Results that may wait to be taken: enough to keep both sides busy, few enough to bound memory.
const WAITING: usize = 1;

/// Hands `compute` of every batch to `take`, in order, and computes the next one meanwhile. The
/// first failure of `take` ends it.
///
/// A runtime of a single thread computes and takes in turn.
pub(crate) async fn ahead<B: Send, R: Send>(
    batches: impl Iterator<Item = B> + Send,
    compute: impl Fn(B) -> R + Send,
    mut take: impl AsyncFnMut(R) -> Result<(), Error>,
) -> Result<(), Error> {
    let runtime = Handle::current();
    if runtime.runtime_flavor() != RuntimeFlavor::MultiThread {
        for batch in batches {
            take(compute(batch)).await?;
        }
        return Ok(());
    }
    tokio::task::block_in_place(|| {
        std::thread::scope(|threads| {
            let (done, results) = sync_channel(WAITING);
            // The receiver is gone when taking failed.
            threads.spawn(move || batches.map(compute).try_for_each(|result| done.send(result)));
            runtime.block_on(async move {
                for result in results {
                    take(result).await?;
                }
                Ok(())
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn squares_until(limit: u64) -> (Result<(), Error>, Vec<u64>) {
        let mut taken = Vec::new();
        let take = async |square| {
            if square > limit {
                return Err(Error::Interrupted);
            }
            taken.push(square);
            Ok(())
        };
        let done = ahead(0..100_u64, |number| number * number, take).await;
        (done, taken)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn results_come_in_order_and_a_failure_ends_it() {
        let (done, taken) = squares_until(u64::MAX).await;
        assert!(done.is_ok());
        assert_eq!(taken, (0..100).map(|number| number * number).collect::<Vec<_>>());
        let (done, taken) = squares_until(10).await;
        assert!(done.is_err());
        assert_eq!(taken, [0, 1, 4, 9]);
    }

    #[tokio::test]
    async fn a_single_thread_takes_turns() {
        let (done, taken) = squares_until(10).await;
        assert!(done.is_err());
        assert_eq!(taken, [0, 1, 4, 9]);
    }
}
