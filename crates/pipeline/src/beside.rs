//! Two pieces of work of one request at the same time.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Does `own` on this thread and, where it is `worth` some hundredths of a millisecond to wake another
/// one, `other` on that meanwhile; else one after the other. Only for short pieces: those of all requests
/// share a thread a core.
///
/// The threads of the models are not asked: a long fit may hold all of them. Those here have the priority
/// of the thread that first comes by.
pub fn beside<A, B: Send>(
    worth: bool,
    other: impl Fn() -> B + Sync,
    own: impl FnOnce() -> A,
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
    let build = || ThreadPoolBuilder::new().thread_name(|at| format!("beside-{at}")).build();
    POOL.get_or_init(|| build().ok()).as_ref()
}

#[cfg(test)]
mod tests {
    use std::thread::current;

    use super::beside;

    #[test]
    fn both_are_done_on_two_threads() {
        let (own, other) = beside(true, || current().id(), || current().id());
        assert_eq!(own, current().id());
        assert_ne!(own, other);
        let in_turn = beside(false, || current().id(), || current().id());
        assert_eq!(in_turn, (current().id(), current().id()));
    }

    #[test]
    #[should_panic(expected = "on purpose")]
    fn a_panic_beside_is_one_here() {
        beside(true, || panic!("on purpose"), || ());
    }
}
