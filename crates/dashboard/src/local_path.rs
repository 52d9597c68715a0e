//! Where a browser may be sent on to: paths of this service and nothing else.

/// Longest path that is remembered over a sign-in.
const LONGEST: usize = 2000;

/// The path with its query, if it is one of this service: browsers read `//host` and `/\host` as other hosts, and leave
/// out tabs and line ends.
pub(crate) fn local_path(text: &str) -> Option<&str> {
    let plain = text.len() <= LONGEST
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && text.starts_with('/')
        && !text.starts_with("//");
    plain.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_hosts_are_no_paths() {
        for path in ["/", "/home", "/classes/7%20a?week=2025-03-10#top", "/a//b"] {
            assert_eq!(local_path(path), Some(path));
        }
        for text in [
            "",
            "home",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "/\t/evil.example",
            "\t//evil.example",
            "/a\r\nset-cookie: x",
            "javascript:alert(1)",
            "/한",
            &format!("/{}", "a".repeat(LONGEST)),
        ] {
            assert_eq!(local_path(text), None, "{text:?}");
        }
    }
}
