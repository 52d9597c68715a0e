//! Units behind the numbers of a column.

use crate::number_format::NumberFormat;
use crate::scoring::{self, without_unit};

/// What stands behind the numbers of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Unit {
    #[default]
    None,
    /// `50%`, the share 0.5: what a spreadsheet that shows it so holds.
    PerCent,
    /// `70점`, `70 pts`.
    Points,
}

impl Unit {
    /// The unit of a column with these cells, which are trimmed and not missing. Per cent only where no number is
    /// without the sign: 50% beside 0.5 or 50 says nothing certain.
    pub(super) fn of<'a>(cells: impl Iterator<Item = &'a str>) -> Self {
        let (mut shares, mut points, mut bare) = (0_u64, 0_u64, 0_u64);
        for cell in cells {
            if scoring::percent(cell).is_some() {
                shares += 1;
            } else if scoring::number(cell).is_some() {
                let has_unit = without_unit(cell).len() < cell.len();
                points += u64::from(has_unit);
                bare += u64::from(!has_unit);
            }
        }
        match (shares, points, bare) {
            (1.., 0, 0) => Self::PerCent,
            (0, 1.., _) => Self::Points,
            _ => Self::None,
        }
    }

    /// The digits of a cell.
    pub(super) fn digits_of(self, cell: &str) -> &str {
        match self {
            Self::None => cell,
            Self::PerCent => cell.strip_suffix(SIGNS).map_or(cell, str::trim_end),
            Self::Points => without_unit(cell),
        }
    }

    /// The number in a trimmed cell; `None` where it is none, or lacks its sign of per cent.
    pub(super) fn read(self, cell: &str, format: NumberFormat) -> Option<f64> {
        let number = format.parse(self.digits_of(cell));
        match self {
            Self::PerCent => number.filter(|_| cell.ends_with(SIGNS)).map(|number| number / 100.0),
            Self::None | Self::Points => number,
        }
    }

    /// What to say of it.
    pub(super) fn note(self, column: &str) -> Option<String> {
        match self {
            Self::None => None,
            Self::PerCent => Some(format!("{column}: per cent, 50% being read as 0.5")),
            Self::Points => Some(format!("{column}: numbers with a unit, which is left out")),
        }
    }
}

const SIGNS: [char; 2] = ['%', '％'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_that_of_the_numbers_of_a_column() {
        let of = |cells: &[&str]| Unit::of(cells.iter().copied());
        assert_eq!(of(&["50%", "7 %", "없음"]), Unit::PerCent);
        assert_eq!(of(&["50%", "0.5"]), Unit::None);
        assert_eq!(of(&["70점", "65"]), Unit::Points);
        assert_eq!(of(&["70", "a"]), Unit::None);
        let read = |unit: Unit, cell| unit.read(cell, NumberFormat::default());
        assert_eq!(read(Unit::PerCent, "55 %"), Some(0.55));
        assert_eq!((read(Unit::PerCent, "55"), read(Unit::Points, "70점")), (None, Some(70.0)));
        assert_eq!((read(Unit::Points, "65"), read(Unit::Points, "x점")), (Some(65.0), None));
    }
}
