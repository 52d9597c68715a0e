//! Durations of ISO 8601, as `PT1M2.5S`.

/// Milliseconds of a duration of days, hours, minutes and seconds; `None` for another text, and for months and
/// years, which have no fixed length.
pub(super) fn milliseconds(text: &str) -> Option<f64> {
    let rest = text.trim().strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (rest, None),
    };
    let days = parts(date, &[('W', 604_800.0), ('D', 86_400.0)])?;
    let clock = match time {
        Some("") => return None,
        Some(time) => parts(time, &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)])?,
        None if date.is_empty() => return None,
        None => 0.0,
    };
    Some((days + clock) * 1_000.0)
}

/// The seconds of numbers, each followed by its unit, the units in order.
fn parts(text: &str, units: &[(char, f64)]) -> Option<f64> {
    let (mut rest, mut seconds) = (text, 0.0);
    for (unit, length) in units {
        let Some((number, behind)) = rest.split_once(*unit) else { continue };
        let number: f64 = number.replace(',', ".").parse().ok()?;
        if !number.is_finite() || number < 0.0 {
            return None;
        }
        seconds += number * length;
        rest = behind;
    }
    rest.is_empty().then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn durations_of_the_standard() {
        for (text, expected) in [
            ("PT12.3S", Some(12_300.0)),
            ("PT1M2,5S", Some(62_500.0)),
            ("P1DT2H", Some(93_600_000.0)),
            ("P2W", Some(1_209_600_000.0)),
            ("PT0S", Some(0.0)),
            ("P1Y", None),
            ("P1M", None),
            ("PT", None),
            ("P", None),
            ("PT5", None),
            ("12", None),
            ("PT-5S", None),
            ("PTS", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
