//! The canonical division of students into chunks, the same on one machine and on many.

use crate::xxhash64::xxhash64;

/// Students of a chunk on average, at most.
const STUDENTS_PER_CHUNK: usize = 8192;
/// Seed of the hash: the one query engines use.
const SEED: u64 = 42;

/// Number of chunks for this many students: the smallest power of two that leaves at most 8 192 to a
/// chunk on average.
pub fn chunk_count(n_students: usize) -> usize {
    n_students.div_ceil(STUDENTS_PER_CHUNK).max(1).next_power_of_two()
}

/// Chunk of a student among `n_chunks`, a power of two: XXH64 of the id's UTF-8 under seed 42, modulo
/// their number. It does not depend on who else is there.
pub fn chunk_of(id: &str, n_chunks: usize) -> u32 {
    (xxhash64(id.as_bytes(), SEED) % n_chunks as u64) as u32
}

/// Chunk of every student by code, from their ids in the order of the codes.
pub fn chunks_of_ids<T: AsRef<str>>(ids: &[T]) -> Vec<u32> {
    let n_chunks = chunk_count(ids.len());
    ids.iter().map(|id| chunk_of(id.as_ref(), n_chunks)).collect()
}

/// Chunk of every student where the code is the id, written in decimal digits.
pub fn chunks_of_codes(n_students: usize) -> Vec<u32> {
    let n_chunks = chunk_count(n_students);
    if n_chunks == 1 {
        return vec![0; n_students];
    }
    (0..n_students).map(|code| chunk_of(&code.to_string(), n_chunks)).collect()
}

#[cfg(test)]
mod tests {
    use super::{chunk_count, chunks_of_codes, chunks_of_ids};

    #[test]
    fn chunks_double_where_they_would_be_too_large() {
        let counts = [0, 1, 8192, 8193, 16_384, 16_385, 100_000].map(chunk_count);
        assert_eq!(counts, [1, 1, 1, 2, 2, 4, 16]);
    }

    #[test]
    fn chunks_are_of_about_equal_size() {
        let chunks = chunks_of_codes(100_000);
        for chunk in 0..16 {
            let size = chunks.iter().filter(|&&c| c == chunk).count();
            // Binomial with mean 6 250 and standard deviation 77.
            assert!((5_850..6_650).contains(&size), "{chunk}: {size}");
        }
        let ids: Vec<String> = (0..100_000).map(|code| code.to_string()).collect();
        assert_eq!(chunks, chunks_of_ids(&ids));
    }
}
