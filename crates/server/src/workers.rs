//! Threads for work that takes long: a bounded number at once, a bounded queue behind them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{ApiError, ApiResult, Code};

/// The pool. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Workers {
    slots: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
}

/// A place in the queue; leaving it gives it back.
#[derive(Debug)]
pub(crate) struct Place {
    workers: Workers,
}

impl Workers {
    pub(crate) fn new(workers: usize, queue: usize) -> Self {
        let slots = Arc::new(Semaphore::new(workers.max(1)));
        Self { slots, waiting: Arc::new(AtomicUsize::new(0)), queue }
    }

    /// Takes a place in the queue, or says that it is full.
    pub(crate) fn enter(&self) -> ApiResult<Place> {
        let free = self.slots.available_permits();
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let place = Place { workers: self.clone() };
        self.publish();
        if before >= self.queue + free {
            return Err(ApiError::new(Code::Busy, "too many fits are waiting")
                .hint("send the request again later, or use POST /v1/runs outside of busy hours")
                .retry_after(Duration::from_secs(5)));
        }
        Ok(place)
    }

    /// Requests that wait for a worker.
    fn publish(&self) {
        metrics::gauge!("seedtest_queue_waiting").set(self.waiting.load(Ordering::Acquire) as f64);
    }
}

impl Place {
    /// Waits for a worker and does the work there.
    ///
    /// # Errors
    /// What the work returns; [`Code::Internal`] when it panics.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let slot = self.workers.slots.clone().acquire_owned().await;
        let slot: OwnedSemaphorePermit = slot.map_err(|_| stopping())?;
        drop(self);
        let done = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        })
        .await;
        done.unwrap_or_else(|failure| {
            metrics::counter!("seedtest_panics_total").increment(1);
            Err(ApiError::internal(&failure))
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.workers.waiting.fetch_sub(1, Ordering::AcqRel);
        self.workers.publish();
    }
}

fn stopping() -> ApiError {
    ApiError::new(Code::Cancelled, "the service is stopping")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_queue_is_bounded_and_places_come_back() {
        let workers = Workers::new(1, 2);
        let places: Vec<_> = (0..3).map(|_| workers.enter().unwrap()).collect();
        assert_eq!(workers.enter().unwrap_err().code, Code::Busy);
        drop(places);
        assert_eq!(workers.enter().unwrap().run(|| Ok(7)).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error() {
        let place = Workers::new(1, 1).enter().unwrap();
        let failed = place.run::<()>(|| panic!("on purpose")).await.unwrap_err();
        assert_eq!(failed.code, Code::Internal);
    }
}
