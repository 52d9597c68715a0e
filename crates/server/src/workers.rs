//! Threads for work that takes long: a bounded number, a bounded queue before them.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use seedtest_numerics::Interrupt;
use tokio::runtime::Handle;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};

use crate::config::Limits;
use crate::error::{ApiError, ApiResult, Code};
use crate::priority::let_others_first;

/// Says whether its thread goes on afterwards.
type Task = Box<dyn FnOnce() -> bool + Send>;

/// How often it is looked whether anybody wants it.
const LOOK: Duration = Duration::from_millis(100);
/// Threads that may stand in, for each worker, for those that do not come back in time.
const STAND_INS: usize = 4;

/// The pool. Clones share it; its threads end with the last of them.
#[derive(Debug, Clone)]
pub(crate) struct Workers {
    tasks: Sender<Task>,
    received: Arc<Mutex<Receiver<Task>>>,
    runtime: Handle,
    slots: Arc<Semaphore>,
    /// Threads that are given up and still work.
    given_up: Arc<AtomicUsize>,
    most_given_up: usize,
    waiting: Arc<AtomicUsize>,
    queue: usize,
    /// How long work whose result nobody wants any more may take to notice.
    notice: Duration,
}

/// A place in the queue; leaving it gives it back.
#[derive(Debug)]
pub(crate) struct Place {
    workers: Workers,
}

impl Workers {
    /// Starts the threads. They may wait for futures of `runtime`.
    pub(crate) fn start(limits: &Limits, runtime: &Handle) -> io::Result<Self> {
        let &Limits { workers, queue, notice, .. } = limits;
        let workers = workers.max(1);
        let (tasks, received) = channel();
        let received = Arc::new(Mutex::new(received));
        let pool = Self {
            tasks,
            received,
            runtime: runtime.clone(),
            slots: Arc::new(Semaphore::new(workers)),
            given_up: Arc::default(),
            most_given_up: STAND_INS * workers,
            waiting: Arc::default(),
            queue,
            notice,
        };
        for position in 0..workers {
            pool.add_thread(format!("fits-{position}"))?;
        }
        Ok(pool)
    }

    fn add_thread(&self, name: String) -> io::Result<()> {
        let (received, runtime) = (self.received.clone(), self.runtime.clone());
        thread::Builder::new().name(name).spawn(move || work(&received, &runtime)).map(drop)
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

    /// Lets another thread stand in for the one of this seat.
    fn give_up(&self, seat: &Seat) {
        if self.given_up.load(Ordering::Acquire) >= self.most_given_up {
            tracing::warn!("too many fits do not end in time: others wait for them");
            return;
        }
        self.given_up.fetch_add(1, Ordering::AcqRel);
        let SeatState::Working { slot } = seat.change(SeatState::GivenUp) else {
            self.given_up.fetch_sub(1, Ordering::AcqRel);
            return;
        };
        if let Err(error) = self.add_thread("fits-stand-in".into()) {
            tracing::error!(%error, "no thread stands in for a fit that does not end");
        }
        drop(slot);
        seat.given_up.notify_one();
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
        match catch_unwind(AssertUnwindSafe(task)) {
            Ok(true) => {}
            // Another thread has taken its place.
            Ok(false) => return,
            Err(_) => metrics::counter!("seedtest_panics_total").increment(1),
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
        self.run_while_wanted(Interrupt::never(), work).await
    }

    /// The same; once `unwanted` is raised the work has a moment to end. If it does not, it is given up:
    /// another thread takes its place, so that it keeps nobody else waiting.
    ///
    /// # Errors
    /// What the work returns; [`Code::Internal`] when it panics, [`Code::Deadline`] when it is given up.
    pub(crate) async fn run_while_wanted<T: Send + 'static>(
        self,
        unwanted: Interrupt,
        work: impl FnOnce() -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let slot = self.workers.slots.clone().acquire_owned().await;
        let slot: OwnedSemaphorePermit = slot.map_err(|_| stopping())?;
        let (answer, answered) = oneshot::channel();
        // What is logged on the thread belongs to the request.
        let span = tracing::Span::current();
        let state = Mutex::new(SeatState::Working { slot });
        let seat = Arc::new(Seat { state, given_up: Notify::new() });
        let own = seat.clone();
        let given_up = self.workers.given_up.clone();
        let task = move || {
            let taken = Taken { seat: own, given_up };
            let result = span.in_scope(work);
            let stays = taken.leave();
            // Nobody waits any more where the caller went away.
            let _ = answer.send(result);
            stays
        };
        self.workers.tasks.send(Box::new(task)).map_err(|_| stopping())?;
        tokio::spawn(watch_over(self.workers.clone(), Arc::downgrade(&seat), unwanted));
        drop(self);
        tokio::select! {
            answer = answered => answer.unwrap_or_else(|_| Err(ApiError::internal(&"a fit panicked"))),
            () = seat.given_up.notified() => Err(given_up_error()),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.workers.waiting.fetch_sub(1, Ordering::AcqRel);
        self.workers.publish();
    }
}

/// The place of one piece of work among those that run at once.
struct Seat {
    state: Mutex<SeatState>,
    /// Tells who waits that the work was given up.
    given_up: Notify,
}

enum SeatState {
    Working { slot: OwnedSemaphorePermit },
    GivenUp,
    Ended,
}

impl Seat {
    /// Puts another state in the place of the one there is, if that is one of work.
    fn change(&self, to: SeatState) -> SeatState {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match *state {
            SeatState::Working { .. } => std::mem::replace(&mut *state, to),
            SeatState::GivenUp => std::mem::replace(&mut *state, SeatState::Ended),
            SeatState::Ended => SeatState::Ended,
        }
    }
}

/// A seat in use. It is left when the work ends, by whatever way.
struct Taken {
    seat: Arc<Seat>,
    given_up: Arc<AtomicUsize>,
}

impl Taken {
    /// Leaves the seat; whether its thread goes on: it does not where another one stands in.
    fn leave(&self) -> bool {
        let was_given_up = matches!(self.seat.change(SeatState::Ended), SeatState::GivenUp);
        if was_given_up {
            self.given_up.fetch_sub(1, Ordering::AcqRel);
        }
        !was_given_up
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Gives work up that goes on although nobody wants it.
async fn watch_over(workers: Workers, seat: Weak<Seat>, unwanted: Interrupt) {
    while !unwanted.is_raised() {
        tokio::time::sleep(LOOK).await;
        if seat.strong_count() == 0 {
            return;
        }
    }
    tokio::time::sleep(workers.notice).await;
    let Some(seat) = seat.upgrade() else { return };
    workers.give_up(&seat);
}

fn given_up_error() -> ApiError {
    ApiError::new(
        Code::Deadline,
        "the time was up in the middle of a step, and there is no result yet",
    )
    .hint("allow more with max_seconds, or send less data")
}

fn stopping() -> ApiError {
    ApiError::new(Code::Cancelled, "the service is stopping")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(workers: usize, queue: usize) -> Workers {
        let limits = Limits { workers, queue, ..Limits::default() };
        Workers::start(&limits, &Handle::current()).unwrap()
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

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn work_that_nobody_wants_keeps_nobody_waiting() {
        let workers = workers(1, 1);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let stuck =
            workers.enter().unwrap().run_while_wanted(Interrupt::when(|| true), move || {
                let _ = ended.recv();
                Ok(())
            });
        let given_up = stuck.await.unwrap_err();
        assert_eq!(given_up.code, Code::Deadline);
        assert_eq!(workers.enter().unwrap().run(|| Ok(7)).await.unwrap(), 7);
        drop(end);
        while workers.given_up.load(Ordering::Acquire) > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(workers.enter().unwrap().run(|| Ok(8)).await.unwrap(), 8);
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
