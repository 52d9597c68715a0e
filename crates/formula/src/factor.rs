//! Columns of categories.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::number::r_number;

/// Code of a missing value.
pub const MISSING: u32 = u32::MAX;

/// Whole numbers below this size are the same number as `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A column of categories: codes into a list of levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    levels: Vec<String>,
    codes: Vec<u32>,
}

impl Factor {
    /// Categories from text, `None` for missing. Levels are in byte order, as R sorts in the C
    /// locale.
    pub fn from_text<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut seen: HashMap<&str, u32> = HashMap::new();
        let mut levels: Vec<&str> = Vec::new();
        let codes = values.into_iter().map(|value| match value {
            None => MISSING,
            Some(text) => *seen.entry(text).or_insert_with(|| {
                levels.push(text);
                levels.len() as u32 - 1
            }),
        });
        let codes = codes.collect();
        let levels: Vec<String> = levels.into_iter().map(ToOwned::to_owned).collect();
        Self { levels, codes }.sorted(|a, b| a.1.cmp(b.1))
    }

    /// Categories from numbers, NaN for missing. Levels are in numeric order and named as R prints
    /// the numbers; numbers that print alike are one level, as in R.
    pub fn from_numbers(values: &[f64]) -> Self {
        Self::from_numbers_named(values, r_number)
    }

    /// Categories from numbers that name something, NaN for missing: whole ones are written out, so that
    /// 100000 is the `100000` of a file and no two of them print alike.
    pub(crate) fn from_ids(values: &[f64]) -> Self {
        Self::from_numbers_named(values, |x| {
            let whole = x.fract() == 0.0 && x.abs() < EXACT;
            if whole { format!("{x:.0}") } else { r_number(x) }
        })
    }

    fn from_numbers_named(values: &[f64], name: impl Fn(f64) -> String) -> Self {
        let mut seen: HashMap<u64, u32> = HashMap::new();
        let mut distinct: Vec<f64> = Vec::new();
        let codes = values.iter().map(|&x| {
            if x.is_nan() {
                return MISSING;
            }
            // Minus zero is zero.
            *seen.entry((x + 0.0).to_bits()).or_insert_with(|| {
                distinct.push(x + 0.0);
                distinct.len() as u32 - 1
            })
        });
        let codes = codes.collect();
        let levels = distinct.iter().map(|&x| name(x)).collect();
        Self { levels, codes }.sorted(|a, b| distinct[a.0].total_cmp(&distinct[b.0])).merged()
    }

    /// Levels of one name as one level, at the place of the first.
    fn merged(self) -> Self {
        let mut seen: HashMap<&str, u32> = HashMap::new();
        let mut kept: Vec<&str> = Vec::new();
        let new: Vec<u32> = self
            .levels
            .iter()
            .map(|level| {
                *seen.entry(level).or_insert_with(|| {
                    kept.push(level);
                    kept.len() as u32 - 1
                })
            })
            .collect();
        if kept.len() == self.levels.len() {
            return self;
        }
        let levels = kept.into_iter().map(ToOwned::to_owned).collect();
        Self { codes: recode(&self.codes, &new), levels }
    }

    /// Logical values: levels `FALSE` and `TRUE`.
    pub fn from_logical(values: &[bool]) -> Self {
        let levels = vec!["FALSE".to_owned(), "TRUE".to_owned()];
        Self { levels, codes: values.iter().map(|&v| u32::from(v)).collect() }
    }

    /// A factor from its parts; `None` when a code is neither below the number of levels nor
    /// [`MISSING`].
    pub fn from_codes(levels: Vec<String>, codes: Vec<u32>) -> Option<Self> {
        let known = |code: &u32| *code == MISSING || (*code as usize) < levels.len();
        codes.iter().all(known).then_some(Self { levels, codes })
    }

    /// The levels in order; the first is the reference of treatment contrasts.
    pub fn levels(&self) -> &[String] {
        &self.levels
    }

    /// Index of the level of every row, or [`MISSING`].
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Level of a row; `None` when missing.
    pub fn level(&self, row: usize) -> Option<&str> {
        self.levels.get(self.codes[row] as usize).map(String::as_str)
    }

    /// The factor with this level first; `None` when it has no such level.
    pub(crate) fn with_first(&self, level: &str) -> Option<Self> {
        let first = self.levels.iter().position(|l| l == level)?;
        let mut levels = self.levels.clone();
        levels[..=first].rotate_right(1);
        let position = |code: usize| match code.cmp(&first) {
            Ordering::Less => code as u32 + 1,
            Ordering::Equal => 0,
            Ordering::Greater => code as u32,
        };
        let new: Vec<u32> = (0..levels.len()).map(position).collect();
        Some(Self { levels, codes: recode(&self.codes, &new) })
    }

    /// These rows, without the levels that no longer occur.
    pub(crate) fn rows(&self, rows: &[u32]) -> Self {
        let codes = rows.iter().map(|&row| self.codes[row as usize]).collect();
        Self { levels: self.levels.clone(), codes }.without_unused()
    }

    pub(crate) fn without_unused(self) -> Self {
        let mut used = vec![false; self.levels.len()];
        for &code in self.codes.iter().filter(|&&code| code != MISSING) {
            used[code as usize] = true;
        }
        if used.iter().all(|&u| u) {
            return self;
        }
        let mut next = 0;
        let renumbered: Vec<u32> = used
            .iter()
            .map(|&used| {
                next += u32::from(used);
                next.wrapping_sub(1)
            })
            .collect();
        let kept = self.levels.into_iter().zip(&used).filter(|(_, used)| **used);
        Self {
            levels: kept.map(|(level, _)| level).collect(),
            codes: recode(&self.codes, &renumbered),
        }
    }

    /// The same categories, named `column=level`.
    pub(crate) fn named(mut self, column: &str) -> Self {
        for level in &mut self.levels {
            *level = format!("{column}={level}");
        }
        self
    }

    /// The same categories with `:` in their names written `\:` and a backslash twice: joined by `:` no two
    /// combinations have the same name, here and in data that are coded later.
    pub(crate) fn escaped(mut self) -> Self {
        for level in self.levels.iter_mut().filter(|level| level.contains([':', '\\'])) {
            *level = level.replace('\\', "\\\\").replace(':', "\\:");
        }
        self
    }

    /// The combinations of two factors that occur, named `a:b`, the first varying slowest.
    pub(crate) fn interaction(&self, other: &Self) -> Self {
        self.joined(other, ":")
    }

    /// The same with another text between the two names.
    pub(crate) fn joined(&self, other: &Self, between: &str) -> Self {
        let width = other.levels.len() as u64;
        let pair = |(&a, &b): (&u32, &u32)| {
            let missing = a == MISSING || b == MISSING;
            (!missing).then(|| u64::from(a) * width + u64::from(b))
        };
        let pairs: Vec<Option<u64>> = self.codes.iter().zip(&other.codes).map(pair).collect();
        let mut distinct: Vec<u64> = pairs.iter().flatten().copied().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let code = |pair: &Option<u64>| {
            pair.and_then(|p| distinct.binary_search(&p).ok()).map_or(MISSING, |at| at as u32)
        };
        let codes = pairs.iter().map(code).collect();
        let name = |p: &u64| {
            let (a, b) = (&self.levels[(p / width) as usize], &other.levels[(p % width) as usize]);
            format!("{a}{between}{b}")
        };
        Self { levels: distinct.iter().map(name).collect(), codes }
    }

    fn sorted(self, compare: impl Fn((usize, &str), (usize, &str)) -> Ordering) -> Self {
        let mut order: Vec<usize> = (0..self.levels.len()).collect();
        order.sort_by(|&a, &b| compare((a, &self.levels[a]), (b, &self.levels[b])));
        let mut position = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            position[old] = new as u32;
        }
        let levels = order.iter().map(|&old| self.levels[old].clone()).collect();
        Self { levels, codes: recode(&self.codes, &position) }
    }
}

fn recode(codes: &[u32], new: &[u32]) -> Vec<u32> {
    codes.iter().map(|&code| if code == MISSING { MISSING } else { new[code as usize] }).collect()
}
