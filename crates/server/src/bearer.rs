//! The bearer token of a header `Authorization` (RFC 6750), the word in any case.

pub(crate) fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.trim_ascii().split_at_checked(6)?;
    let separated = rest.first().is_some_and(u8::is_ascii_whitespace);
    (scheme.eq_ignore_ascii_case(b"bearer") && separated).then(|| rest.trim_ascii())
}
