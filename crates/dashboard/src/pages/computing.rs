//! What is computed after an import: how far it is, and what of it could not be done.

use std::sync::{Mutex, PoisonError};

use seedtest_pipeline::{StepEnd, TERM_STEPS, TermStep};
use serde::Serialize;

/// The computing that was begun last, while the service runs.
#[derive(Debug, Default)]
pub(crate) struct Computing(Mutex<Option<Progress>>);

/// How far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Progress {
    /// The step that is taken, counted from one.
    step: usize,
    steps: usize,
    /// Its job.
    job: &'static str,
    /// Jobs that could not be done, and why.
    failed: Vec<(&'static str, String)>,
    pub(crate) is_over: bool,
}

impl Computing {
    pub(crate) fn begin(&self) {
        *self.lock() = Some(Progress { steps: TERM_STEPS.len(), ..Progress::default() });
    }

    /// A step begins.
    pub(crate) fn at(&self, step: &TermStep) {
        self.change(|progress| {
            progress.step += 1;
            progress.job = step.job;
        });
    }

    /// A step has ended.
    pub(crate) fn ended(&self, step: &TermStep, end: &StepEnd) {
        if let StepEnd::Failed(reason) = end {
            self.failed(step, reason.clone());
        }
    }

    /// A step could not be taken.
    pub(crate) fn failed(&self, step: &TermStep, reason: String) {
        self.change(|progress| progress.failed.push((step.job, reason)));
    }

    pub(crate) fn over(&self) {
        self.change(|progress| progress.is_over = true);
    }

    /// How far it is; `None` before the first one.
    pub(crate) fn progress(&self) -> Option<Progress> {
        self.lock().clone()
    }

    fn change(&self, how: impl FnOnce(&mut Progress)) {
        if let Some(progress) = self.lock().as_mut() {
            how(progress);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Progress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use seedtest_pipeline::Lang;

    use super::*;
    use crate::words::Words;

    #[test]
    fn it_counts_its_steps_and_keeps_what_failed() {
        let computing = Computing::default();
        assert_eq!(computing.progress(), None);
        computing.begin();
        for step in TERM_STEPS {
            computing.at(step);
            computing.ended(step, &StepEnd::Done(1));
        }
        computing.ended(&TERM_STEPS[0], &StepEnd::Failed("too little".into()));
        let now = computing.progress().unwrap();
        assert_eq!((now.step, now.steps, now.is_over), (TERM_STEPS.len(), TERM_STEPS.len(), false));
        assert_eq!(now.failed, [(TERM_STEPS[0].job, "too little".to_owned())]);
        computing.over();
        assert!(computing.progress().unwrap().is_over);
        computing.begin();
        assert_eq!(computing.progress().unwrap().step, 0);
    }

    #[test]
    fn every_step_has_a_name_in_both_languages() {
        for lang in Lang::ALL {
            let words = Words::of(lang).unwrap();
            for step in TERM_STEPS {
                let key = format!("computing.step.{}", step.job);
                assert_ne!(words.say(&key, &[]), key);
            }
        }
    }
}
