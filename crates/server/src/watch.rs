//! What a running fit listens to: its deadline, its caller, the end of the service.

use std::time::{Duration, Instant};

use seedtest_numerics::{Budget, Control, Interrupt, Observer, Progress};
use seedtest_pipeline::Cancel;

use crate::state::App;

/// Part of the time, and most of it, that is kept for what follows the last iteration: a summary of many draws
/// takes its time, too, and the answer is wanted when the time is up.
const FOR_SUMMARY: (u32, Duration) = (3, Duration::from_secs(2));

/// Called after each iteration.
pub(crate) type Listener = Box<dyn FnMut(&Progress) + Send>;

/// Stops a fit when its time is over or nobody waits for it.
pub(crate) struct Watch {
    /// The caller went away.
    pub(crate) gone: Cancel,
    /// The service stops.
    pub(crate) stopping: Cancel,
    /// When there has to be an answer.
    pub(crate) deadline: Instant,
    /// When the best fit so far is what is summed up.
    pub(crate) last_iteration: Instant,
    /// The memory it may take beyond its data.
    pub(crate) budget: Budget,
    /// Who wants to know how far it is.
    pub(crate) listener: Option<Listener>,
}

impl Watch {
    /// For work that a caller waits for, as long as a fit may take at most.
    pub(crate) fn of_caller(app: &App) -> (Self, CancelOnDrop) {
        let gone = Cancel::default();
        let waiting = CancelOnDrop::new(&gone);
        let deadline = Instant::now() + Duration::from_secs_f64(app.config.limits.max_seconds);
        (Self::new(app, gone, deadline, None), waiting)
    }

    /// For work that begins now.
    pub(crate) fn new(
        app: &App,
        gone: Cancel,
        deadline: Instant,
        listener: Option<Listener>,
    ) -> Self {
        let (part, most) = FOR_SUMMARY;
        let now = Instant::now();
        let time = deadline.saturating_duration_since(now);
        let last_iteration = now + time.saturating_sub((time / part).min(most));
        let (stopping, budget) = (app.stopping.clone(), app.config.limits.budget());
        Self { gone, stopping, deadline, last_iteration, budget, listener }
    }
}

impl Observer for Watch {
    fn progress(&mut self, progress: &Progress) -> Control {
        if let Some(listener) = &mut self.listener {
            listener(progress);
        }
        if self.closing().is_raised() { Control::Stop } else { Control::Continue }
    }

    fn interrupt(&self) -> Interrupt {
        let (gone, stopping, deadline) = (self.gone.clone(), self.stopping.clone(), self.deadline);
        Interrupt::when(move || {
            gone.is_cancelled() || stopping.is_cancelled() || Instant::now() >= deadline
        })
    }

    fn closing(&self) -> Interrupt {
        let (ended, last) = (self.interrupt(), self.last_iteration);
        Interrupt::when(move || ended.is_raised() || Instant::now() >= last)
    }

    fn budget(&self) -> Budget {
        self.budget
    }
}

/// Cancels when it is dropped, as a handler is when its caller goes away.
pub(crate) struct CancelOnDrop(Option<Cancel>);

impl CancelOnDrop {
    pub(crate) fn new(cancel: &Cancel) -> Self {
        Self(Some(cancel.clone()))
    }

    /// The caller has the answer: nothing is left to cancel.
    pub(crate) fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(cancel) = &self.0 {
            cancel.cancel();
        }
    }
}
