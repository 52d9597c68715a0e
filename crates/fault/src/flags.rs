//! Messages without the flags of the command line: who sends a request has fields and parameters, who looks at a page
//! has a form.

use std::borrow::Cow;

/// The same text for who sends a request. Beside the name of a field the flag that says the same is left out; a
/// flag alone becomes the name that it has without its dashes. What stands in quotes or between backticks is left
/// as it is.
pub fn without_flags(text: &str) -> Cow<'_, str> {
    with_flags_named(text, &|_| None)
}

/// The same with another name in the place of a flag's own, where there is one.
pub fn with_flags_named<'t>(text: &'t str, name: &dyn Fn(&str) -> Option<String>) -> Cow<'t, str> {
    if !text.contains("--") {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '`', '(', '-']) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match rest.as_bytes()[0] {
            quote @ (b'"' | b'`') => quoted(rest, char::from(quote), &mut shown),
            b'(' => aside(rest, name, &mut shown),
            _ => flag(rest, name, &mut shown),
        };
        rest = &rest[taken..];
    }
    shown.push_str(rest);
    shown.into()
}

/// What stands between two quotes; gives how many bytes that is.
fn quoted(rest: &str, quote: char, shown: &mut String) -> usize {
    let end = rest[1..].find(quote).map_or(rest.len(), |at| at + 2);
    shown.push_str(&rest[..end]);
    end
}

/// An aside in parentheses without its parts that are flags; one of flags alone goes. Gives how many bytes it was.
fn aside(rest: &str, name: &dyn Fn(&str) -> Option<String>, shown: &mut String) -> usize {
    let end = rest.find(')').filter(|&end| rest[..end].contains("--"));
    let Some(end) = end.filter(|&end| !rest[1..end].contains(['(', '"'])) else {
        shown.push('(');
        return 1;
    };
    let kept: Vec<&str> = rest[1..end].split(", ").filter(|part| !is_flag(part)).collect();
    if kept.is_empty() {
        shown.truncate(shown.trim_end().len());
    } else {
        shown.push('(');
        shown.push_str(&with_flags_named(&kept.join(", "), name));
        shown.push(')');
    }
    end + 1
}

/// Whether a part of an aside is a flag, also between backticks.
fn is_flag(part: &str) -> bool {
    part.trim_start().trim_start_matches('`').starts_with("--")
}

/// The name of a flag, or the dash that there is; gives how many bytes it was.
fn flag(rest: &str, named: &dyn Fn(&str) -> Option<String>, shown: &mut String) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '-';
    let begins = !shown.chars().next_back().is_some_and(is_word);
    let name = rest.strip_prefix("--").filter(|_| begins);
    let length = name.map_or(0, |name| {
        name.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
            .unwrap_or(name.len())
    });
    match name {
        Some(name) if name.starts_with(|c: char| c.is_ascii_lowercase()) => {
            let own = &name[..length];
            shown.push_str(named(own).as_deref().unwrap_or(own));
            length + 2
        }
        _ => {
            shown.push('-');
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_left_out_or_are_names() {
        for (text, shown) in [
            ("--max-iter: \"x\" is no number", "max-iter: \"x\" is no number"),
            ("without `strict` (--strict) such rows", "without `strict` such rows"),
            ("as min_answers (`--min-answers`) asks", "as min_answers asks"),
            ("few (min_answers, `--min-answers 3`) or", "few (min_answers) or"),
            ("nothing (target_score, --target) to say", "nothing (target_score) to say"),
            ("use quadrature (--agq 25, more) where", "use quadrature (more) where"),
            ("a larger --max-fit-mib", "a larger max-fit-mib"),
            ("\"--x\" and `seedtest fit --y` stay", "\"--x\" and `seedtest fit --y` stay"),
            ("y ~ a - b -- c, x--y, 1 (a - b) -1", "y ~ a - b -- c, x--y, 1 (a - b) -1"),
            ("an open \"quote --x", "an open \"quote --x"),
            ("(a (--b) c)", "(a c)"),
            ("민지 (--ㅎ, 나) --끝", "민지 (나) --끝"),
        ] {
            assert_eq!(without_flags(text), shown);
        }
    }

    #[test]
    fn a_flag_may_have_another_name() {
        let name = |flag: &str| (flag == "encoding").then(|| "“Encoding”".to_owned());
        let text = "say it: --encoding cp949 (--sheet 1, or --encoding x) or --sheet 2";
        let shown = "say it: “Encoding” cp949 (or “Encoding” x) or sheet 2";
        assert_eq!(with_flags_named(text, &name), shown);
    }
}
