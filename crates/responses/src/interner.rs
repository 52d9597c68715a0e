//! Text ids as numbers.

use hashbrown::HashMap;
use rayon::prelude::*;

/// Bytes of the longest id that is kept in a number.
const SHORT: usize = 15;

/// From so many on, ids are sorted by all threads.
const MANY_IDS: usize = 1 << 16;

/// Maps text ids to dense `u32` codes in order of first appearance.
#[derive(Debug, Clone, Default)]
pub struct Interner {
    /// Ids of at most [`SHORT`] bytes: most are, and a number is found without another look at memory.
    short: HashMap<u128, u32>,
    long: HashMap<Box<str>, u32>,
    /// The id asked for last and its code: in a log the same student or sitting comes many times in
    /// a row.
    last: String,
    last_code: Option<u32>,
}

impl Interner {
    /// The code of `id`, which is assigned when `id` is new.
    ///
    /// # Panics
    /// After 2³² − 1 distinct ids, which do not fit in memory anyway.
    pub fn intern(&mut self, id: &str) -> u32 {
        if let Some(code) = self.last_code.filter(|_| self.last == id) {
            return code;
        }
        let code = self.code_of(id);
        self.last.clear();
        self.last.push_str(id);
        self.last_code = Some(code);
        code
    }

    /// The same for ids that come in no order.
    pub(crate) fn code_of(&mut self, id: &str) -> u32 {
        let new = self.new_code();
        if let Some(number) = number_of(id) {
            return *self.short.entry(number).or_insert(new);
        }
        if let Some(&code) = self.long.get(id) {
            return code;
        }
        self.long.insert(id.into(), new);
        new
    }

    fn new_code(&self) -> u32 {
        let code = self.len() as u32;
        assert!(code < u32::MAX, "more than 4 294 967 294 distinct ids");
        code
    }

    /// Takes in the ids of another one. Returns the code here of each of its codes.
    pub(crate) fn adopt(&mut self, other: Self) -> Vec<u32> {
        let mut codes = vec![0; other.len()];
        self.short.reserve(other.short.len());
        for (number, code) in other.short {
            let new = self.new_code();
            codes[code as usize] = *self.short.entry(number).or_insert(new);
        }
        for (id, code) in other.long {
            let new = self.new_code();
            codes[code as usize] = *self.long.entry(id).or_insert(new);
        }
        codes
    }

    /// Number of distinct ids seen.
    pub fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// Whether no id was seen.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Ids in byte order, and the rank of every old code in that order.
    pub(crate) fn into_ranked(self) -> (Vec<Box<str>>, Vec<u32>) {
        let mut rank = vec![0; self.len()];
        let mut names = Vec::with_capacity(self.len());
        let mut short: Vec<(u128, u32)> = self.short.into_iter().collect();
        let mut long: Vec<(Box<str>, u32)> = self.long.into_iter().collect();
        sort(&mut short);
        sort(&mut long);
        let mut long = long.into_iter().peekable();
        let mut push = |name: Box<str>, code: u32| {
            rank[code as usize] = names.len() as u32;
            names.push(name);
        };
        for (number, code) in short {
            let name = id_of(number);
            while let Some((before, code)) = long.next_if(|(id, _)| **id < *name) {
                push(before, code);
            }
            push(name, code);
        }
        long.for_each(|(name, code)| push(name, code));
        (names, rank)
    }
}

/// Sorts, few of them on the calling thread, see [`crate::builder`].
fn sort<T: Ord + Send>(ids: &mut [T]) {
    if ids.len() < MANY_IDS { ids.sort_unstable() } else { ids.par_sort_unstable() }
}

/// A short id as a number: its bytes and its length, so that numbers are in the order of the ids.
fn number_of(id: &str) -> Option<u128> {
    let mut bytes = [0; SHORT + 1];
    bytes.get_mut(..id.len()).filter(|_| id.len() <= SHORT)?.copy_from_slice(id.as_bytes());
    bytes[SHORT] = id.len() as u8;
    Some(u128::from_be_bytes(bytes))
}

/// The id behind a number.
fn id_of(number: u128) -> Box<str> {
    let bytes = number.to_be_bytes();
    String::from_utf8_lossy(&bytes[..usize::from(bytes[SHORT])]).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_are_ranked_in_byte_order_whoever_saw_them(
            ids in prop::collection::vec("[a\0é]{0,20}", 1..60),
            split in any::<prop::sample::Index>(),
        ) {
            let (here, there) = ids.split_at(split.index(ids.len()));
            let (mut all, mut other) = (Interner::default(), Interner::default());
            let mut codes: Vec<u32> = here.iter().map(|id| all.intern(id)).collect();
            let of_other: Vec<u32> = there.iter().map(|id| other.intern(id)).collect();
            let new = all.adopt(other);
            codes.extend(of_other.iter().map(|&code| new[code as usize]));
            let (names, rank) = all.into_ranked();
            prop_assert!(names.windows(2).all(|pair| pair[0].as_bytes() < pair[1].as_bytes()));
            for (id, code) in ids.iter().zip(codes) {
                prop_assert_eq!(&*names[rank[code as usize] as usize], id.as_str());
            }
        }
    }
}
