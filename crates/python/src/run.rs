//! Work off the interpreter's lock, watched from the thread that asked for it.

use std::mem::forget;
use std::panic::resume_unwind;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use seedtest_fault::FaultKind;
use seedtest_numerics::{Control, Interrupt, Observer, Progress};

use crate::fault::Fault;

/// How often signals are looked for while nothing is told.
const LOOK: Duration = Duration::from_millis(50);
/// Of every thread of ours, as much as the main thread of most systems has: recursive work fits.
const STACK: usize = 8 << 20;

/// How a piece of work is run.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Called after each iteration with its number, the most there will be, the criterion and the largest gradient;
    /// `False` stops the work with the best result so far.
    progress: Option<Py<PyAny>>,
    /// Threads; `None` = as many as there are processors.
    threads: Option<usize>,
    /// Seconds after which the best result so far is wanted.
    max_seconds: Option<f64>,
}

/// What the caller's thread says to the work.
#[derive(Debug, Default)]
struct Signs {
    /// The best result so far is wanted.
    is_enough: AtomicBool,
    /// Nobody waits for a result any more.
    is_vain: AtomicBool,
}

impl Signs {
    fn is_vain(&self) -> bool {
        self.is_vain.load(Ordering::Relaxed)
    }

    fn is_enough(&self) -> bool {
        self.is_enough.load(Ordering::Relaxed) || self.is_vain()
    }
}

/// Tells the caller's thread of each iteration, and stops where that says so.
struct Watch {
    told: Sender<Progress>,
    signs: Arc<Signs>,
    until: Option<Instant>,
}

impl Observer for Watch {
    fn progress(&mut self, progress: &Progress) -> Control {
        // Who does not listen any more has raised the sign.
        let _ = self.told.send(*progress);
        if self.closing().is_raised() { Control::Stop } else { Control::Continue }
    }

    fn interrupt(&self) -> Interrupt {
        let signs = Arc::clone(&self.signs);
        Interrupt::when(move || signs.is_vain())
    }

    fn closing(&self) -> Interrupt {
        let (signs, until) = (Arc::clone(&self.signs), self.until);
        let is_late = move || until.is_some_and(|until| Instant::now() >= until);
        Interrupt::when(move || signs.is_enough() || is_late())
    }
}

impl Run {
    pub(crate) fn new(progress: Option<Py<PyAny>>, threads: Option<usize>) -> Self {
        Self { progress, threads, max_seconds: None }
    }

    /// The same with a time after which the best result so far is wanted.
    pub(crate) fn within(self, max_seconds: Option<f64>) -> Self {
        Self { max_seconds, ..self }
    }

    /// Does the work on a thread of its own, without the interpreter's lock. An exception of the callback or of a
    /// signal stops it, and is raised once it has ended.
    pub(crate) fn off_the_lock<T: Send>(
        self,
        py: Python<'_>,
        work: impl FnOnce(&mut dyn Observer) -> Result<T, Fault> + Send,
    ) -> PyResult<T> {
        let pool = self.pool().map_err(|fault| fault.raised(py))?;
        let Self { progress, max_seconds, .. } = self;
        let allowed = max_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let until = allowed.and_then(|allowed| Instant::now().checked_add(allowed));
        let found = py.detach(move || watched((&pool, until), progress.as_ref(), work));
        found?.map_err(|fault| fault.raised(py))
    }

    fn pool(&self) -> Result<Arc<ThreadPool>, Fault> {
        let hint = "give a number of threads from 1 on, or None for one a processor";
        let built = match self.threads {
            Some(0) => return Err(Fault::new(FaultKind::Setting, "threads is 0", hint)),
            Some(threads) => pool_of(threads),
            None => pool_of_process(),
        };
        built.map_err(|error| Fault::new(FaultKind::Internal, format!("threads: {error}"), hint))
    }
}

/// So many threads; 0 = one a processor, or what `RAYON_NUM_THREADS` says.
fn pool_of(threads: usize) -> Result<Arc<ThreadPool>, ThreadPoolBuildError> {
    let builder = ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK);
    builder.build().map(Arc::new)
}

/// The threads of this process. Those of another one do not live on in a process that was forked off from it: work that
/// is given to them there never begins.
fn pool_of_process() -> Result<Arc<ThreadPool>, ThreadPoolBuildError> {
    static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);
    let mut kept = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    match kept.take() {
        Some((owner, pool)) if owner == process::id() => {
            *kept = Some((owner, Arc::clone(&pool)));
            return Ok(pool);
        }
        // To end its threads, which are not there, would wait for them.
        other => forget(other),
    }
    let pool = pool_of(0)?;
    *kept = Some((process::id(), Arc::clone(&pool)));
    Ok(pool)
}

fn watched<T: Send>(
    (pool, until): (&ThreadPool, Option<Instant>),
    progress: Option<&Py<PyAny>>,
    work: impl FnOnce(&mut dyn Observer) -> Result<T, Fault> + Send,
) -> PyResult<Result<T, Fault>> {
    let signs = Arc::new(Signs::default());
    let (told, listener) = channel();
    let mut watch = Watch { told, signs: Arc::clone(&signs), until };
    thread::scope(|scope| {
        let work = move || pool.install(|| work(&mut watch));
        let running = Builder::new().name("seedtest".into()).spawn_scoped(scope, work)?;
        let raised = listen(&listener, progress, &signs);
        let found = running.join().unwrap_or_else(|panic| resume_unwind(panic));
        raised.map(|()| found)
    })
}

/// Listens until the work has ended.
fn listen(
    listener: &Receiver<Progress>,
    progress: Option<&Py<PyAny>>,
    signs: &Signs,
) -> PyResult<()> {
    let mut raised = Ok(());
    let mut looked = Instant::now();
    loop {
        let told = match listener.recv_timeout(LOOK) {
            Ok(told) => Some(told),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return raised,
        };
        // The interpreter is left alone by quick iterations that nobody wants to hear of.
        if raised.is_err() || progress.is_none() && looked.elapsed() < LOOK {
            continue;
        }
        looked = Instant::now();
        let goes_on = Python::attach(|py| {
            py.check_signals()?;
            told.zip(progress).map_or(Ok(true), |(told, progress)| tell(py, progress, &told))
        });
        match &goes_on {
            Ok(true) => {}
            Ok(false) => signs.is_enough.store(true, Ordering::Relaxed),
            Err(_) => signs.is_vain.store(true, Ordering::Relaxed),
        }
        raised = goes_on.map(drop);
    }
}

/// Whether the work is to go on after the callback.
fn tell(py: Python<'_>, progress: &Py<PyAny>, told: &Progress) -> PyResult<bool> {
    let Progress { iteration, max_iterations, objective, max_gradient } = *told;
    let answer = progress.call1(py, (iteration, max_iterations, objective, max_gradient))?;
    Ok(answer.extract::<bool>(py).unwrap_or(true))
}
