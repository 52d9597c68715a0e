use std::collections::HashMap;

/// Maps text ids to dense `u32` codes in order of first appearance.
#[derive(Debug, Clone, Default)]
pub struct Interner {
    codes: HashMap<Box<str>, u32>,
}

impl Interner {
    /// The code of `id`, which is assigned when `id` is new.
    ///
    /// # Panics
    /// After 2³² − 1 distinct ids, which do not fit in memory anyway.
    pub fn intern(&mut self, id: &str) -> u32 {
        if let Some(&code) = self.codes.get(id) {
            return code;
        }
        let code = self.codes.len() as u32;
        assert!(code < u32::MAX, "more than 4 294 967 294 distinct ids");
        self.codes.insert(id.into(), code);
        code
    }

    /// Number of distinct ids seen.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether no id was seen.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Ids in byte order, and the rank of every old code in that order.
    pub(crate) fn into_ranked(self) -> (Vec<Box<str>>, Vec<u32>) {
        let mut pairs: Vec<(Box<str>, u32)> = self.codes.into_iter().collect();
        pairs.sort_unstable();
        let mut rank = vec![0; pairs.len()];
        let names = pairs
            .into_iter()
            .enumerate()
            .map(|(position, (name, code))| {
                rank[code as usize] = position as u32;
                name
            })
            .collect();
        (names, rank)
    }
}
