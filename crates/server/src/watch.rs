//! What a running fit listens to: its deadline, its caller, the end of the service.

use std::time::Instant;

use seedtest_numerics::{Control, Observer, Progress};
use seedtest_pipeline::Cancel;

/// Called after each iteration.
pub(crate) type Listener = Box<dyn FnMut(&Progress) + Send>;

/// Stops a fit when its time is over or nobody waits for it.
pub(crate) struct Watch {
    /// The caller went away.
    pub(crate) gone: Cancel,
    /// The service stops.
    pub(crate) stopping: Cancel,
    /// When to return the best fit so far.
    pub(crate) deadline: Option<Instant>,
    /// Who wants to know how far it is.
    pub(crate) listener: Option<Listener>,
}

impl Observer for Watch {
    fn progress(&mut self, progress: &Progress) -> Control {
        if let Some(listener) = &mut self.listener {
            listener(progress);
        }
        let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if late || self.gone.is_cancelled() || self.stopping.is_cancelled() {
            Control::Stop
        } else {
            Control::Continue
        }
    }
}

/// Cancels when it is dropped, as a handler is when its caller goes away.
pub(crate) struct CancelOnDrop(pub(crate) Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
