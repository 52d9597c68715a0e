//! What a running fit listens to: its deadline, its caller, the end of the service.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use seedtest_numerics::{Budget, Control, Interrupt, Observer, Progress};
use seedtest_pipeline::Cancel;

use crate::state::App;

/// Part of the time that is kept to sum up, and beyond how much of it a smaller part is enough: the answer is
/// wanted when the time is up, and a summary of many students or draws takes its time, too.
const FOR_SUMMARY: (u32, Duration, u32) = (3, Duration::from_secs(2), 20);

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
    /// For work that begins now.
    pub(crate) fn new(
        app: &App,
        gone: Cancel,
        deadline: Instant,
        listener: Option<Listener>,
    ) -> Self {
        let now = Instant::now();
        let time = deadline.saturating_duration_since(now);
        let last_iteration = now + time.saturating_sub(for_summary(time));
        let (stopping, budget) = (app.stopping.clone(), app.config.limits.budget());
        Self { gone, stopping, deadline, last_iteration, budget, listener }
    }
}

/// What is kept of so much time to sum up.
fn for_summary(time: Duration) -> Duration {
    let (part, enough, long_part) = FOR_SUMMARY;
    (time / part).min(enough.max(time / long_part))
}

impl Observer for Watch {
    fn progress(&mut self, progress: &Progress) -> Control {
        if let Some(listener) = &mut self.listener {
            listener(progress);
        }
        if self.closing().is_raised() { Control::Stop } else { Control::Continue }
    }

    fn interrupt(&self) -> Interrupt {
        // A service that stops hands back what there is: it is summed up first.
        let (gone, deadline) = (self.gone.clone(), self.deadline);
        Interrupt::when(move || gone.is_cancelled() || Instant::now() >= deadline)
    }

    fn closing(&self) -> Interrupt {
        let (ended, stopping, last) =
            (self.interrupt(), self.stopping.clone(), self.last_iteration);
        Interrupt::when(move || {
            ended.is_raised() || stopping.is_cancelled() || Instant::now() >= last
        })
    }

    fn budget(&self) -> Budget {
        self.budget
    }
}

/// Raised when nobody wants what a worker does: the caller went away, the service stops, or the time is up that
/// `until` holds once it is known.
pub(crate) fn unwanted(app: &App, gone: &Cancel, until: &Arc<OnceLock<Instant>>) -> Interrupt {
    let (gone, stopping, known) = (gone.clone(), app.stopping.clone(), until.clone());
    Interrupt::when(move || {
        let late = known.get().is_some_and(|deadline| Instant::now() >= *deadline);
        late || gone.is_cancelled() || stopping.is_cancelled()
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_time_is_kept_to_sum_up() {
        for (seconds, kept) in [(0.3, 0.1), (6.0, 2.0), (30.0, 2.0), (60.0, 3.0), (3_600.0, 180.0)]
        {
            let found = for_summary(Duration::from_secs_f64(seconds)).as_secs_f64();
            assert!((found - kept).abs() < 1e-6, "{seconds} s: {found}");
        }
    }
}
