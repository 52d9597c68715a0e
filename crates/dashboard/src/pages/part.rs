//! Which part of a long list a page shows.

use std::iter::{Skip, Take};

use serde::Serialize;

/// A part of a list, counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    pub(crate) page: usize,
    /// Of so many, one at least.
    pub(crate) pages: usize,
    size: usize,
}

impl Part {
    /// The part that was asked for of so many lines, `size` to a page; the nearest one where there is no such part.
    pub(crate) fn of(asked: Option<usize>, lines: usize, size: usize) -> Self {
        let pages = lines.div_ceil(size).max(1);
        Self { page: asked.unwrap_or(1).clamp(1, pages), pages, size }
    }

    /// Lines before it.
    pub(crate) fn before(self) -> usize {
        (self.page - 1) * self.size
    }

    /// Its lines.
    pub(crate) fn take<I: IntoIterator>(self, all: I) -> Take<Skip<I::IntoIter>> {
        all.into_iter().skip(self.before()).take(self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_on_one_page_and_no_page_is_empty() {
        for (lines, pages) in [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (101, 3)] {
            let parts = (1..=pages).map(|page| Part::of(Some(page), lines, 50));
            let shown: Vec<usize> = parts.flat_map(|part| part.take(0..lines)).collect();
            assert_eq!(shown, (0..lines).collect::<Vec<_>>());
            assert_eq!(Part::of(None, lines, 50).pages, pages);
        }
        assert_eq!(Part::of(Some(0), 70, 50).page, 1);
        assert_eq!(Part::of(Some(usize::MAX), 70, 50).page, 2);
    }
}
