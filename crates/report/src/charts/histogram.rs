//! Bins over the scale of ability and difficulty.

/// Width of a bin on the scale of θ and b.
const BIN: f64 = 0.5;

/// Farthest value drawn in a bin of its own; the outermost bins hold everything beyond.
const FARTHEST: f64 = 4.0;

/// One bin of a histogram over the ability scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bin {
    /// Lower edge, inclusive.
    pub(crate) from: f64,
    /// Upper edge, exclusive.
    pub(crate) to: f64,
    /// Values in the bin that lie below the split value.
    pub(crate) below: u32,
    /// The other values in the bin.
    pub(crate) above: u32,
}

impl Bin {
    /// All values in the bin.
    pub(crate) fn total(&self) -> u32 {
        self.below + self.above
    }

    /// Whether the bin also holds everything below it.
    pub(crate) fn is_first(&self) -> bool {
        self.from <= -FARTHEST
    }

    /// Whether the bin also holds everything above it.
    pub(crate) fn is_last(&self) -> bool {
        self.to >= FARTHEST
    }
}

/// Counts in `n` bins of equal width over `range`; what lies beyond counts in the outermost bin.
pub(crate) fn bins_of(values: &[f64], range: (f64, f64), n: usize) -> Vec<u32> {
    let mut counts = vec![0; n];
    for &value in values {
        let share = ((value - range.0) / (range.1 - range.0)).clamp(0.0, 1.0);
        counts[((share * n as f64) as usize).min(n - 1)] += 1;
    }
    counts
}

/// Bins of one half from −4 to 4, cut to the range of the values and of `split` (0 is always
/// inside); values beyond the ends count in the outermost bin. Empty without values.
pub(crate) fn bins(values: &[f64], split: Option<f64>) -> Vec<Bin> {
    if values.is_empty() {
        return Vec::new();
    }
    let shown = values.iter().copied().chain(split).map(index);
    let (first, last) = shown.fold((index(-BIN), index(0.0)), |(lo, hi), i| (lo.min(i), hi.max(i)));
    let mut bins: Vec<Bin> = (first..=last)
        .map(|i| Bin { from: edge(i), to: edge(i + 1), below: 0, above: 0 })
        .collect();
    for &value in values {
        let bin = &mut bins[index(value) - first];
        if split.is_some_and(|split| value < split) {
            bin.below += 1;
        } else {
            bin.above += 1;
        }
    }
    bins
}

fn index(value: f64) -> usize {
    let last = 2.0 * FARTHEST / BIN - 1.0;
    ((value + FARTHEST) / BIN).floor().clamp(0.0, last) as usize
}

fn edge(index: usize) -> f64 {
    index as f64 * BIN - FARTHEST
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::bins;

    #[test]
    fn the_outermost_bins_are_open() {
        let bins = bins(&[-30.0, -4.0, 0.2, 4.0, 30.0], Some(0.2));
        assert_eq!((bins[0].from, bins[0].total()), (-4.0, 2));
        let last = bins.last().unwrap();
        assert_eq!((last.to, last.total()), (4.0, 2));
        assert!(bins[0].is_first() && last.is_last());
    }

    proptest! {
        #[test]
        fn every_value_is_counted_once(
            values in prop::collection::vec(-6.0..6.0_f64, 1..50), split in -6.0..6.0_f64
        ) {
            let bins = bins(&values, Some(split));
            let total: u32 = bins.iter().map(super::Bin::total).sum();
            prop_assert_eq!(total as usize, values.len());
            let below: u32 = bins.iter().map(|bin| bin.below).sum();
            prop_assert_eq!(below as usize, values.iter().filter(|&&v| v < split).count());
            prop_assert!(bins.windows(2).all(|pair| pair[0].to == pair[1].from));
        }
    }
}
