//! Threads that documents are set on, away from all others.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::PdfError;

/// Stack of a document; a thread takes memory for what it uses of it only.
const STACK_BYTES: usize = 8 << 20;

/// Threads that documents are set on.
///
/// Typst hands parts of a document to rayon and waits for them. A thread of rayon's that waits takes up other work
/// meanwhile: the next document, in which it waits again, and so on until its stack is full. So a document has a
/// pool of one thread to itself, which has nobody to wait for.
pub(crate) struct Crew {
    pools: Vec<ThreadPool>,
    next: AtomicUsize,
}

impl Crew {
    /// As many threads as the machine has cores.
    pub(crate) fn new() -> Result<Self, PdfError> {
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let pool = |_| {
            let alone = ThreadPoolBuilder::new().num_threads(1).stack_size(STACK_BYTES);
            alone.thread_name(|_| "paper".into()).build()
        };
        let pools = (0..threads).map(pool).collect::<Result<_, _>>();
        let pools = pools.map_err(|error| PdfError::Threads { reason: error.to_string() })?;
        Ok(Self { pools, next: AtomicUsize::new(0) })
    }

    /// The result of `work` on one of the threads. The caller waits on its own stack, whoever it is: a thread of
    /// rayon's would take up other work there, too.
    pub(crate) fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> Result<R, PdfError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let pool = &self.pools[turn % self.pools.len()];
        thread::scope(|scope| {
            let waiting = thread::Builder::new().spawn_scoped(scope, || pool.install(work));
            let waiting =
                waiting.map_err(|error| PdfError::Threads { reason: error.to_string() })?;
            Ok(waiting.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })
    }
}
