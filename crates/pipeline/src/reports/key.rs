//! Where the report of a student stands in a store (docs/contract/jobs.md J13).

use seedtest_report::file_name;

use super::span::Span;

/// Longest id that is a part of a key as it is, in bytes.
const LONGEST: usize = 200;

/// The key of a report: `reports/{user_id}/{week_start}/report.{format}`; in a directory, which stands for
/// `reports`, without that. A month is in the place of the week as `2025-03`.
///
/// An id of letters, digits, `-`, `_`, `.` and `@` stands for itself; any other one, and any one in a
/// directory, whose system may ignore case, is written as in the names of report files.
pub(super) fn report_key(user_id: &str, span: Span, format: &str, is_directory: bool) -> String {
    let when = span.name();
    if is_directory {
        return format!("{}/{when}/report.{format}", directory_of(user_id));
    }
    let owner = if is_plain(user_id) { user_id.to_owned() } else { directory_of(user_id) };
    format!("reports/{owner}/{when}/report.{format}")
}

/// The id as a name that every file system takes, and that no other id has.
pub(crate) fn directory_of(user_id: &str) -> String {
    let name = file_name(user_id);
    let stem = name.strip_prefix("student-").unwrap_or(&name);
    let stem = stem.strip_suffix(".html").unwrap_or(stem);
    // Names of only dots lead elsewhere; no id is written with an "=" at its end.
    if stem.bytes().all(|byte| byte == b'.') { format!("{stem}=") } else { stem.to_owned() }
}

fn is_plain(user_id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
    (1..=LONGEST).contains(&user_id.len())
        && user_id.bytes().all(fits)
        && !user_id.bytes().all(|byte| byte == b'.')
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn key(user_id: &str, is_directory: bool) -> String {
        let week = "2025-03-03".parse().unwrap();
        report_key(user_id, Span::Week(week), "html", is_directory)
    }

    #[test]
    fn a_plain_id_stands_for_itself() {
        assert_eq!(key("S-001.a@x.kr", false), "reports/S-001.a@x.kr/2025-03-03/report.html");
        assert_eq!(key("s_001", true), "s_001/2025-03-03/report.html");
        assert_eq!(key("S1", true), "S1==8/2025-03-03/report.html");
        assert_eq!(key("../amy", false), "reports/..=2famy/2025-03-03/report.html");
        let month = "2025-03-01".parse().unwrap();
        let monthly = report_key("amy", Span::Month(month), "pdf", false);
        assert_eq!(monthly, "reports/amy/2025-03/report.pdf");
    }

    #[test]
    fn no_two_ids_share_a_key() {
        let ids = ["", ".", "..", "...", "=", "a/b", "a=2fb", "A", "a", "가", "a b", "a@b"];
        for is_directory in [false, true] {
            let keys: HashSet<String> =
                ids.iter().map(|id| key(id, is_directory).to_lowercase()).collect();
            // Stores tell capitals apart, directories may not.
            let expected = if is_directory { ids.len() } else { ids.len() - 1 };
            assert_eq!(keys.len(), expected);
        }
    }

    proptest! {
        #[test]
        fn a_key_leads_nowhere_else(id in any::<String>()) {
            for is_directory in [false, true] {
                let key = key(&id, is_directory);
                let parts: Vec<&str> = key.split('/').collect();
                prop_assert_eq!(parts.len(), if is_directory { 3 } else { 4 });
                prop_assert!(parts.iter().all(|part| !part.is_empty() && part.bytes().any(|b| b != b'.')));
                prop_assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.=@/".contains(&b)));
            }
        }
    }
}
