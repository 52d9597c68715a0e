//! How a long step learns that nobody wants its result any more.

use std::fmt;
use std::sync::Arc;

use crate::observer::{Control, Observer, Progress};

/// A sign that can be raised from outside while a fit computes, and be looked at from any of its threads.
/// A look costs little; loops look once in about a million operations.
#[derive(Clone, Default)]
pub struct Interrupt(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

/// The work was ended by an [`Interrupt`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the time was up, or nobody waited any more, before there was a result")]
pub struct Interrupted;

impl Interrupt {
    /// A sign that nobody raises.
    pub const fn never() -> Self {
        Self(None)
    }

    /// A sign that is raised once `is_raised` says so; from then on it has to say so always.
    pub fn when(is_raised: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(is_raised)))
    }

    /// Whether the work is to end.
    pub fn is_raised(&self) -> bool {
        self.0.as_ref().is_some_and(|is_raised| is_raised())
    }

    /// Goes on unless the work is to end.
    ///
    /// # Errors
    /// [`Interrupted`] where it is.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.is_raised() { Err(Interrupted) } else { Ok(()) }
    }
}

/// Fits inside a fit end with it.
impl Observer for Interrupt {
    fn progress(&mut self, _: &Progress) -> Control {
        if self.is_raised() { Control::Stop } else { Control::Continue }
    }

    fn interrupt(&self) -> Interrupt {
        self.clone()
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Interrupt(raised: {})", self.is_raised())
    }
}
