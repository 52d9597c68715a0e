//! Digest of everything a calibration depends on.

use md5::{Digest, Md5};
use seedtest_digest::hex;
use seedtest_responses::Answers;

/// Answers that are hashed together.
const PACKED: usize = 4096;

/// MD5 of a request, lists of ids and answers, in hexadecimal. Lengths are part of it, so that no
/// two inputs run into each other.
pub(super) fn hex_digest(request: &[u8], ids: [&[Box<str>]; 2], answers: &Answers) -> String {
    let mut hash = Md5::new();
    hash.update(request);
    for list in ids {
        hash.update((list.len() as u64).to_le_bytes());
        for id in list {
            hash.update((id.len() as u64).to_le_bytes());
            hash.update(id.as_bytes());
        }
    }
    // Many answers at a time: the hash takes three short pieces of each more slowly than it hashes them.
    let mut packed = Vec::with_capacity(PACKED * 9);
    for from in (0..answers.item.len()).step_by(PACKED) {
        packed.clear();
        for at in from..answers.item.len().min(from + PACKED) {
            packed.extend_from_slice(&answers.student[at].to_le_bytes());
            packed.extend_from_slice(&answers.item[at].to_le_bytes());
            packed.push(answers.correct[at]);
        }
        hash.update(&packed);
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_hashed_one_behind_the_other_however_many_are_taken_together() {
        let n = 2 * PACKED as u32 + 5;
        let correct: Vec<u8> = (0..n).map(|at| (at % 3 == 0).into()).collect();
        let (student, item) = ((0..n).collect::<Vec<_>>(), (0..n).map(|at| at % 40).collect());
        let answers = Answers { student, item, correct, ..Answers::default() };
        let mut plain = b"2pl".to_vec();
        for list in [&["a", "bc"][..], &[]] {
            plain.extend((list.len() as u64).to_le_bytes());
            for id in list {
                plain.extend((id.len() as u64).to_le_bytes());
                plain.extend(id.bytes());
            }
        }
        for at in 0..n as usize {
            plain.extend(answers.student[at].to_le_bytes());
            plain.extend(answers.item[at].to_le_bytes());
            plain.push(answers.correct[at]);
        }
        let students: Vec<Box<str>> = vec!["a".into(), "bc".into()];
        let found = hex_digest(b"2pl", [&students, &[]], &answers);
        assert_eq!(found, hex(&Md5::digest(&plain)));
    }
}
