//! Two pieces of work of one request at the same time.

use std::panic::resume_unwind;
use std::thread;

/// Does `own` on this thread and, where it is `worth` a tenth of a millisecond to start a thread, `other` on
/// one of its own meanwhile; else one after the other.
///
/// The threads of the models are not asked: a long fit may hold all of them.
pub fn beside<A, B: Send>(
    worth: bool,
    other: impl Fn() -> B + Sync,
    own: impl FnOnce() -> A,
) -> (A, B) {
    if !worth {
        return (own(), other());
    }
    thread::scope(|scope| {
        let started = thread::Builder::new().spawn_scoped(scope, &other);
        let own = own();
        let other = match started {
            Ok(started) => started.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => other(),
        };
        (own, other)
    })
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
