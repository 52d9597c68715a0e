//! Digest of everything a calibration depends on.

use md5::{Digest, Md5};
use seedtest_digest::hex;
use seedtest_responses::Answers;

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
    for ((student, item), correct) in
        answers.student.iter().zip(&answers.item).zip(&answers.correct)
    {
        hash.update(student.to_le_bytes());
        hash.update(item.to_le_bytes());
        hash.update([*correct]);
    }
    hex(&hash.finalize())
}
