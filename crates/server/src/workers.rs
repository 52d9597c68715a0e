//! Threads for work that takes long: a bounded number, a bounded queue before them.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::{ApiError, ApiResult, Code};
use crate::priority::let_others_first;

type Task = Box<dyn FnOnce() + Send>;

/// The pool. Clones share it; its threads end with the last of them.
#[derive(Debug, Clone)]
pub(crate) struct Workers {
    tasks: Sender<Task>,
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
    /// Starts the threads. They may wait for futures of `runtime`.
    pub(crate) fn start(workers: usize, queue: usize, runtime: &Handle) -> io::Result<Self> {
        let workers = workers.max(1);
        let (tasks, received) = channel();
        let received = Arc::new(Mutex::new(received));
        for position in 0..workers {
            let (received, runtime) = (received.clone(), runtime.clone());
            let thread = thread::Builder::new().name(format!("fits-{position}"));
            thread.spawn(move || work(&received, &runtime))?;
        }
        let slots = Arc::new(Semaphore::new(workers));
        Ok(Self { tasks, slots, waiting: Arc::new(AtomicUsize::new(0)), queue })
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

    /// A place for what was let in before, however long the queue is.
    pub(crate) fn enter_again(&self) -> Place {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        self.publish();
        Place { workers: self.clone() }
    }

    /// Requests that wait for a worker.
    fn publish(&self) {
        metrics::gauge!("seedtest_queue_waiting").set(self.waiting.load(Ordering::Acquire) as f64);
    }
}

/// Does one task after the other until the pool is gone.
fn work(tasks: &Mutex<Receiver<Task>>, runtime: &Handle) {
    let_others_first();
    let _inside = runtime.enter();
    let next = || tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok(task) = next() {
        // Who waits for the task learns of a panic from the answer that does not come.
        if catch_unwind(AssertUnwindSafe(task)).is_err() {
            metrics::counter!("seedtest_panics_total").increment(1);
        }
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
        let (answer, answered) = oneshot::channel();
        // What is logged on the thread belongs to the request.
        let span = tracing::Span::current();
        let task = move || {
            let _slot = slot;
            // Nobody waits any more where the caller went away.
            let _ = answer.send(span.in_scope(work));
        };
        self.workers.tasks.send(Box::new(task)).map_err(|_| stopping())?;
        drop(self);
        answered.await.unwrap_or_else(|_| Err(ApiError::internal(&"a fit panicked")))
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

    fn workers(workers: usize, queue: usize) -> Workers {
        Workers::start(workers, queue, &Handle::current()).unwrap()
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_places_come_back() {
        let workers = workers(1, 2);
        let places: Vec<_> = (0..3).map(|_| workers.enter().unwrap()).collect();
        assert_eq!(workers.enter().unwrap_err().code, Code::Busy);
        drop(places);
        assert_eq!(workers.enter().unwrap().run(|| Ok(7)).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_and_the_thread_goes_on() {
        let workers = workers(1, 1);
        let failed = workers.enter().unwrap().run::<()>(|| panic!("on purpose")).await.unwrap_err();
        assert_eq!(failed.code, Code::Internal);
        assert_eq!(workers.enter().unwrap().run(|| Ok(7)).await.unwrap(), 7);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn fits_stand_back_and_requests_do_not() {
        let niceness = || Ok(rustix::process::getpriority_process(None).unwrap());
        let before = niceness().unwrap();
        let of_fits = workers(1, 1).enter().unwrap().run(niceness).await.unwrap();
        assert!(of_fits > before, "{of_fits} {before}");
        assert_eq!(niceness().unwrap(), before);
    }
}
