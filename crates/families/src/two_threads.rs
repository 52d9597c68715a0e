//! Two pieces of work of one request at the same time.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Does `own` on this thread and, where it is `worth` some hundredths of a millisecond to wake another
/// one, `other` on that meanwhile; else one after the other. Returns what came of `own` and of `other`.
/// Only for short pieces: those of all requests share a thread a core.
///
/// The threads of the models are not asked: a long fit may hold all of them. Those here have the priority
/// of the thread that first comes by.
pub fn on_two_threads<A, B: Send>(
    worth: bool,
    own: impl FnOnce() -> A,
    other: impl Fn() -> B + Sync,
) -> (A, B) {
    let Some(pool) = worth.then(pool).flatten() else {
        return (own(), other());
    };
    let mut done = None;
    let own = pool.in_place_scope(|scope| {
        scope.spawn(|_| done = Some(other()));
        own()
    });
    // The scope ended after what was begun in it, and passed a panic on.
    (own, done.unwrap_or_else(other))
}

/// `None` where no threads can be had.
fn pool() -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let build = || ThreadPoolBuilder::new().thread_name(|at| format!("short-{at}")).build();
    POOL.get_or_init(|| build().ok()).as_ref()
}

#[cfg(test)]
mod tests {
    use std::thread::current;

    use super::on_two_threads;

    #[test]
    fn both_are_done_on_two_threads() {
        let (own, other) = on_two_threads(true, || current().id(), || current().id());
        assert_eq!(own, current().id());
        assert_ne!(own, other);
        let in_turn = on_two_threads(false, || current().id(), || current().id());
        assert_eq!(in_turn, (current().id(), current().id()));
    }

    #[test]
    #[should_panic(expected = "on purpose")]
    fn a_panic_on_the_other_thread_is_one_here() {
        on_two_threads(true, || (), || panic!("on purpose"));
    }
}
