//! One value of a row, whatever the file format, and what it says.

use std::fmt::Write as _;

use seedtest_responses::truth;

use crate::identity::canonical;
use crate::missing::is_usual;
use crate::reject::{RejectReason, shortened};
use crate::time::{self, Moment};

/// A value as its format holds it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Cell<'a> {
    /// Nothing.
    #[default]
    Null,
    /// A text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number; NaN is missing.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// From a column with a time type.
    Time(Moment),
}

impl Cell<'_> {
    /// The value as text for a message.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => shortened(text),
            Self::Integer(value) => value.to_string(),
            Self::Time(moment) => moment.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Bool(value) => value.to_string(),
        }
    }

    /// Appends the value as an id to `text`, in its canonical form. A float that is a whole number loses its
    /// point: a column of integers with gaps is often stored as floats. A float that stands for more than
    /// one whole number is refused, since two ids may have become one.
    pub(crate) fn append_id(&self, text: &mut String) -> Result<(), RejectReason> {
        const LONGEST: usize = 1_000;
        const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Null => Ok(()),
            // Nearly every id of a file, in one look at its bytes.
            Self::Text(id) if id.len() <= LONGEST && id.bytes().all(|b| b.is_ascii_graphic()) => {
                text.push_str(id);
                Ok(())
            }
            Self::Text(id) => {
                let id = canonical(id);
                if id.len() > LONGEST {
                    return Err(RejectReason::IdTooLong);
                }
                // U+FFFD stands where bytes were lost: two ids may have become one.
                let is_damaged = !id.is_ascii() && id.contains(char::REPLACEMENT_CHARACTER);
                if is_damaged || id.as_bytes().contains(&0) {
                    return Err(RejectReason::BadEncoding);
                }
                text.push_str(&id);
                Ok(())
            }
            Self::Integer(value) => write!(text, "{value}"),
            Self::Time(moment) => write!(text, "{moment}"),
            Self::Float(value) if value.is_nan() => Ok(()),
            Self::Float(value) if value.abs() >= FIRST_INEXACT => {
                return Err(RejectReason::BadNumber);
            }
            Self::Float(value) => write!(text, "{value}"),
            Self::Bool(value) => write!(text, "{value}"),
        };
        Ok(())
    }

    /// A point in time of the years 1990 to 2100.
    pub(crate) fn moment(&self) -> Result<Option<Moment>, RejectReason> {
        match self {
            Self::Null => Ok(None),
            Self::Time(moment) => moment.in_range().map(Some),
            Self::Integer(value) => time::from_epoch(*value).map(Some),
            Self::Float(value) if value.is_nan() => Ok(None),
            Self::Float(value) => time::from_epoch_float(*value).map(Some),
            Self::Bool(_) => Err(RejectReason::BadTime),
            Self::Text(text) => {
                let text = text.trim();
                if is_usual(text) { Ok(None) } else { time::parse(text).map(Some) }
            }
        }
    }

    /// A finite number; `true` counts as one.
    pub(crate) fn number(&self) -> Result<Option<f64>, RejectReason> {
        match self {
            Self::Null => Ok(None),
            Self::Bool(value) => Ok(Some(f64::from(u8::from(*value)))),
            Self::Integer(value) => Ok(Some(*value as f64)),
            Self::Float(value) if value.is_nan() => Ok(None),
            Self::Float(value) if value.is_finite() => Ok(Some(*value)),
            Self::Float(_) | Self::Time(_) => Err(RejectReason::BadNumber),
            Self::Text(text) => number_of_text(text.trim()),
        }
    }

    /// Whether the value stands for "nothing known".
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => is_usual(text.trim()),
            Self::Float(value) => value.is_nan(),
            _ => false,
        }
    }
}

fn number_of_text(text: &str) -> Result<Option<f64>, RejectReason> {
    if is_usual(text) {
        return Ok(None);
    }
    if let Some(says) = truth(text) {
        return Ok(Some(f64::from(says)));
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        _ => Err(RejectReason::BadNumber),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(cell: Cell<'_>) -> Result<String, RejectReason> {
        let mut text = String::new();
        cell.append_id(&mut text).map(|()| text)
    }

    #[test]
    fn ids_are_text_whatever_their_type() {
        assert_eq!(id(Cell::Text("  s-7 ")), Ok("s-7".into()));
        assert_eq!(id(Cell::Integer(-7)), Ok("-7".into()));
        assert_eq!(id(Cell::Float(12.0)), Ok("12".into()));
        assert_eq!(id(Cell::Float(f64::NAN)), Ok(String::new()));
        assert_eq!(id(Cell::Float(1e16)), Err(RejectReason::BadNumber));
        assert_eq!(id(Cell::Text("a\0b")), Err(RejectReason::BadEncoding));
        assert_eq!(id(Cell::Text("a\u{fffd}")), Err(RejectReason::BadEncoding));
        assert_eq!(id(Cell::Text("e\u{301}")), Ok("é".into()));
        assert_eq!(id(Cell::Time(Moment::Day(20_148))), Ok("2025-03-01".into()));
        assert_eq!(id(Cell::Text(&"x".repeat(1_000))).map(|id| id.len()), Ok(1_000));
        assert_eq!(id(Cell::Text(&"x".repeat(1_001))), Err(RejectReason::IdTooLong));
    }
}
