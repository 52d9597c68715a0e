//! Two pieces of work of one request at the same time.

use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::thread;

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

/// Does `own` on this thread and, where it is `worth` a new thread, `other` on that meanwhile; else one after the
/// other. For pieces of some hundredths of a second and more, which those of other requests must not wait for; `own`
/// may use the threads of the models.
pub(crate) fn beside_long_work<A, B: Send>(
    worth: bool,
    own: impl FnOnce() -> A,
    other: impl Fn() -> B + Sync,
) -> (A, B) {
    thread::scope(|threads| {
        let begin = || thread::Builder::new().spawn_scoped(threads, &other).ok();
        let begun = worth.then(begin).flatten();
        let own = own();
        let other = match begun {
            Some(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            None => other(),
        };
        (own, other)
    })
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

    use super::{beside_long_work, on_two_threads};

    #[test]
    fn both_are_done_on_two_threads() {
        let (own, other) = on_two_threads(true, || current().id(), || current().id());
        assert_eq!(own, current().id());
        assert_ne!(own, other);
        let in_turn = on_two_threads(false, || current().id(), || current().id());
        assert_eq!(in_turn, (current().id(), current().id()));
    }

    #[test]
    fn long_work_has_something_done_beside_it() {
        let (own, other) = beside_long_work(true, || current().id(), || current().id());
        assert_eq!(own, current().id());
        assert_ne!(own, other);
        let in_turn = beside_long_work(false, || current().id(), || current().id());
        assert_eq!(in_turn, (current().id(), current().id()));
    }

    #[test]
    #[should_panic(expected = "on purpose")]
    fn a_panic_beside_long_work_is_one_here() {
        beside_long_work(true, || (), || panic!("on purpose"));
    }

    #[test]
    #[should_panic(expected = "on purpose")]
    fn a_panic_on_the_other_thread_is_one_here() {
        on_two_threads(true, || (), || panic!("on purpose"));
    }
}
