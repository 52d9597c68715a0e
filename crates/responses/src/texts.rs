//! A column of texts.

use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::EntryRef;

/// A column of texts, each of them kept once however many rows share it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Texts {
    positions: HashMap<Arc<str>, u32>,
    /// In the order in which they first came.
    distinct: Vec<Arc<str>>,
    codes: Vec<u32>,
}

impl Texts {
    /// Code of a row without a text.
    pub const MISSING: u32 = u32::MAX;

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Adds a row, `None` for one without a text.
    pub fn push(&mut self, text: Option<&str>) {
        let code = text.map_or(Self::MISSING, |text| self.position(text));
        self.codes.push(code);
    }

    /// Adds rows without a text until there are `n`, or takes rows away.
    pub fn resize(&mut self, n: usize) {
        self.codes.resize(n, Self::MISSING);
    }

    /// The text of a row.
    pub fn get(&self, row: usize) -> Option<&Arc<str>> {
        self.distinct.get(self.codes[row] as usize)
    }

    /// The texts that came, in byte order, and the position of every row's text among them, or
    /// [`Self::MISSING`].
    pub fn sorted(self) -> (Vec<Arc<str>>, Vec<u32>) {
        // Most texts differ in their first bytes, which are compared as one number.
        let keys = self.distinct.iter().zip(0..);
        let mut order: Vec<(u64, u32)> =
            keys.map(|(text, code)| (first_bytes(text), code)).collect();
        let text = |code: u32| &*self.distinct[code as usize];
        order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a.1).cmp(text(b.1))));
        let mut position = vec![0; order.len()];
        for (at, &(_, code)) in (0..).zip(&order) {
            position[code as usize] = at;
        }
        let sorted = |code: &u32| position.get(*code as usize).copied().unwrap_or(Self::MISSING);
        let codes = self.codes.iter().map(sorted).collect();
        (order.iter().map(|&(_, code)| self.distinct[code as usize].clone()).collect(), codes)
    }

    fn position(&mut self, text: &str) -> u32 {
        match self.positions.entry_ref(text) {
            EntryRef::Occupied(known) => *known.get(),
            EntryRef::Vacant(new) => {
                let next = self.distinct.len() as u32;
                let text: Arc<str> = text.into();
                new.insert_with_key(text.clone(), next);
                self.distinct.push(text);
                next
            }
        }
    }
}

/// The first eight bytes as a number that orders as they do; zeros where a text is shorter.
fn first_bytes(text: &str) -> u64 {
    let mut first = [0; 8];
    let n = text.len().min(first.len());
    first[..n].copy_from_slice(&text.as_bytes()[..n]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::Texts;

    proptest! {
        #[test]
        fn sorted_texts_are_those_that_came(rows in prop::collection::vec(
            prop::option::of("[a-c\u{0}é]{0,10}"), 0..40,
        )) {
            let mut texts = Texts::default();
            for row in &rows {
                texts.push(row.as_deref());
            }
            for (row, text) in rows.iter().enumerate() {
                prop_assert_eq!(texts.get(row).map(|text| &**text), text.as_deref());
            }
            let (levels, codes) = texts.sorted();
            let distinct: BTreeSet<&str> = rows.iter().flatten().map(String::as_str).collect();
            prop_assert!(levels.iter().map(|level| &**level).eq(distinct));
            let read = codes.iter().map(|&code| levels.get(code as usize).map(|level| &**level));
            prop_assert!(read.eq(rows.iter().map(Option::as_deref)));
        }
    }

    #[test]
    fn rows_that_are_left_out_are_missing() {
        let mut texts = Texts::default();
        texts.resize(2);
        texts.push(Some("x"));
        assert_eq!(texts.len(), 3);
        assert_eq!(texts.sorted(), (vec!["x".into()], vec![Texts::MISSING, Texts::MISSING, 0]));
    }
}
