//! One value of a row, whatever the file format, and what it says.

use std::fmt::Write as _;

use seedtest_responses::truth;

use crate::instant::{self, Moment};
use crate::reject::{RejectReason, shortened};

/// A value as its format holds it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum Cell<'a> {
    #[default]
    Null,
    Text(&'a str),
    Integer(i64),
    Float(f64),
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
            Self::Integer(value)
            | Self::Time(Moment::Instant(value) | Moment::Local(value) | Moment::Day(value)) => {
                value.to_string()
            }
            Self::Float(value) => value.to_string(),
            Self::Bool(value) => value.to_string(),
        }
    }

    /// Appends the value as an id to `text`. A float that is a whole number loses its point: a
    /// column of integers with gaps is often stored as floats. A float that stands for more than
    /// one whole number is refused, since two ids may have become one.
    pub(crate) fn append_id(&self, text: &mut String) -> Result<(), RejectReason> {
        const LONGEST: usize = 1_000;
        const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Null => Ok(()),
            Self::Text(id) => {
                let id = id.trim();
                if id.len() > LONGEST {
                    return Err(RejectReason::IdTooLong);
                }
                if id.as_bytes().contains(&0) {
                    return Err(RejectReason::BadEncoding);
                }
                text.push_str(id);
                Ok(())
            }
            Self::Integer(value)
            | Self::Time(Moment::Instant(value) | Moment::Local(value) | Moment::Day(value)) => {
                write!(text, "{value}")
            }
            Self::Float(value) if value.is_nan() => Ok(()),
            Self::Float(value) if value.abs() >= FIRST_INEXACT => {
                return Err(RejectReason::BadNumber);
            }
            Self::Float(value) => write!(text, "{value}"),
            Self::Bool(value) => write!(text, "{value}"),
        };
        Ok(())
    }

    /// Right, wrong, or not known.
    pub(crate) fn outcome(&self) -> Result<Option<bool>, RejectReason> {
        match self {
            Self::Null => Ok(None),
            Self::Bool(value) => Ok(Some(*value)),
            Self::Integer(0) => Ok(Some(false)),
            Self::Integer(1) => Ok(Some(true)),
            Self::Float(value) if *value == 0.0 => Ok(Some(false)),
            Self::Float(value) if *value == 1.0 => Ok(Some(true)),
            Self::Float(value) if value.is_nan() => Ok(None),
            Self::Text(text) => outcome_of_text(text),
            _ => Err(RejectReason::BadCorrect),
        }
    }

    /// A point in time of the years 1990 to 2100.
    pub(crate) fn moment(&self) -> Result<Option<Moment>, RejectReason> {
        let instant = |micros| Some(Moment::Instant(micros));
        match self {
            Self::Null => Ok(None),
            Self::Time(moment) => moment.in_range().map(Some),
            Self::Integer(value) => instant::from_epoch_integer(*value).map(instant),
            Self::Float(value) if value.is_nan() => Ok(None),
            Self::Float(value) => instant::from_epoch_float(*value).map(instant),
            Self::Bool(_) => Err(RejectReason::BadTime),
            Self::Text(text) => {
                let text = text.trim();
                if is_null(text) { Ok(None) } else { instant::parse(text).map(Some) }
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

    /// A count or duration, multiplied by `scale` and rounded. Databases hold it in 32 bits with a sign.
    pub(crate) fn count(&self, scale: f64) -> Result<Option<u32>, RejectReason> {
        let Some(value) = self.number()? else { return Ok(None) };
        let scaled = (value * scale).round();
        if (0.0..=f64::from(i32::MAX)).contains(&scaled) {
            Ok(Some(scaled as u32))
        } else {
            Err(RejectReason::BadNumber)
        }
    }

    /// Whether the value stands for "nothing known".
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => is_null(text.trim()),
            Self::Float(value) => value.is_nan(),
            _ => false,
        }
    }
}

fn outcome_of_text(text: &str) -> Result<Option<bool>, RejectReason> {
    match text {
        "1" => return Ok(Some(true)),
        "0" => return Ok(Some(false)),
        _ => {}
    }
    let text = text.trim();
    if is_null(text) {
        return Ok(None);
    }
    if let Some(says) = truth(text) {
        return Ok(Some(says));
    }
    match text.parse::<f64>() {
        Ok(1.0) => Ok(Some(true)),
        Ok(0.0) => Ok(Some(false)),
        _ => Err(RejectReason::BadCorrect),
    }
}

fn number_of_text(text: &str) -> Result<Option<f64>, RejectReason> {
    if is_null(text) {
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

/// The ways tools write "no value".
fn is_null(text: &str) -> bool {
    text.len() <= 4
        && ["", "null", "na", "n/a", "nan", "none", "\\n"]
            .into_iter()
            .any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(cell: Cell<'_>) -> Result<String, RejectReason> {
        let mut text = String::new();
        cell.append_id(&mut text).map(|()| text)
    }

    #[test]
    fn every_way_of_writing_right_and_wrong() {
        for text in ["1", "1.0", "true", "TRUE", "t", "yes", "Y", " 1 "] {
            assert_eq!(Cell::Text(text).outcome(), Ok(Some(true)), "{text}");
        }
        for text in ["0", "0.0", "-0", "false", "False", "f", "no", "N"] {
            assert_eq!(Cell::Text(text).outcome(), Ok(Some(false)), "{text}");
        }
        for text in ["", " ", "null", "NULL", "NA", "n/a", "NaN", "None", "\\N"] {
            assert_eq!(Cell::Text(text).outcome(), Ok(None), "{text}");
        }
        for text in ["2", "-1", "0.5", "maybe", "10", "inf", "ok"] {
            assert_eq!(Cell::Text(text).outcome(), Err(RejectReason::BadCorrect), "{text}");
        }
        assert_eq!(Cell::Float(1.0).outcome(), Ok(Some(true)));
        assert_eq!(Cell::Float(f64::NAN).outcome(), Ok(None));
        assert_eq!(Cell::Integer(2).outcome(), Err(RejectReason::BadCorrect));
    }

    #[test]
    fn counts_are_rounded_and_bounded() {
        assert_eq!(Cell::Text("12.5").count(1_000.0), Ok(Some(12_500)));
        assert_eq!(Cell::Text("1499.6").count(1.0), Ok(Some(1_500)));
        assert_eq!(Cell::Text("true").count(1.0), Ok(Some(1)));
        assert_eq!(Cell::Text("NA").count(1.0), Ok(None));
        assert_eq!(Cell::Text("2147483647").count(1.0), Ok(Some(2_147_483_647)));
        for text in ["-1", "2147483648", "4294967295", "1e400", "inf", "3 s", "0x10"] {
            assert_eq!(Cell::Text(text).count(1.0), Err(RejectReason::BadNumber), "{text}");
        }
    }

    #[test]
    fn ids_are_text_whatever_their_type() {
        assert_eq!(id(Cell::Text("  s-7 ")), Ok("s-7".into()));
        assert_eq!(id(Cell::Integer(-7)), Ok("-7".into()));
        assert_eq!(id(Cell::Float(12.0)), Ok("12".into()));
        assert_eq!(id(Cell::Float(f64::NAN)), Ok(String::new()));
        assert_eq!(id(Cell::Float(1e16)), Err(RejectReason::BadNumber));
        assert_eq!(id(Cell::Text("a\0b")), Err(RejectReason::BadEncoding));
        assert_eq!(id(Cell::Text(&"x".repeat(1_000))).map(|id| id.len()), Ok(1_000));
        assert_eq!(id(Cell::Text(&"x".repeat(1_001))), Err(RejectReason::IdTooLong));
    }
}
