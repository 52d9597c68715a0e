//! The parts of a person's name.

/// A name from its parts: family name first and without a gap where both are Hangul or Han, as Korean
/// names are written, else given name first.
pub(super) fn full_name(given: Option<&str>, family: Option<&str>) -> Option<String> {
    let is_east_asian = |text: &str| {
        text.chars().all(|c| matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{4e00}'..='\u{9fff}'))
    };
    match (given, family) {
        (Some(given), Some(family)) if is_east_asian(given) && is_east_asian(family) => {
            Some(format!("{family}{given}"))
        }
        (Some(given), Some(family)) => Some(format!("{given} {family}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::full_name;

    #[test]
    fn a_name_is_written_as_its_language_does() {
        assert_eq!(full_name(Some("서연"), Some("김")).as_deref(), Some("김서연"));
        assert_eq!(full_name(Some("Ada"), Some("Lovelace")).as_deref(), Some("Ada Lovelace"));
        assert_eq!(full_name(None, Some("Kim")).as_deref(), Some("Kim"));
        assert_eq!(full_name(None, None), None);
    }
}
