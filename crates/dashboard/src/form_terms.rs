//! Messages about files as a page says them: what is a flag on the command line is a field of its form here.

use std::borrow::Cow;

use seedtest_fault::with_flags_named;

use crate::words::Words;

/// The flags that have a field of the same meaning in the form, each with the key of its label.
const FIELDS: [(&str, &str); 10] = [
    ("date-format", "preview.date_format"),
    ("time-start", "preview.time_start"),
    ("right-at", "preview.right_at"),
    ("encoding", "preview.encoding"),
    ("sheet", "preview.sheet"),
    ("header-row", "preview.header_row"),
    ("id", "preview.id"),
    ("na", "preview.na"),
    ("items", "preview.item_columns"),
    ("not", "preview.not_items"),
];
/// The flag that names columns.
const MAP: &str = "--map ";
/// The flag that names a file beside this one, of which a page has a column only.
const KEY: &str = "--key ";
/// What follows that flag in messages.
const KEY_FILE: &str = " with the columns item and key";

/// A message with the labels of the form in the place of flags.
pub(crate) fn on_form(text: &str, words: &Words) -> String {
    if !text.contains("--") {
        return text.to_owned();
    }
    let label = |key: &str| format!("“{}”", words.say(key, &[]));
    let columns = replaced(text, MAP, |rest| columns(rest, &label));
    let columns = replaced(&columns, KEY, |rest| {
        let end = end_of_word(rest);
        let more = if rest[end..].starts_with(KEY_FILE) { KEY_FILE.len() } else { 0 };
        (label("field.key"), end + more)
    });
    let name = |flag: &str| {
        let found = FIELDS.iter().find(|(known, _)| *known == flag);
        found.map(|(_, key)| label(key))
    };
    with_flags_named(&columns, &name).into_owned()
}

/// The text with every `mark` and what belongs to it replaced; `instead` gives what stands there and how many bytes of
/// what follows belong to it.
fn replaced<'t>(
    text: &'t str,
    mark: &str,
    instead: impl Fn(&str) -> (String, usize),
) -> Cow<'t, str> {
    let mut rest = text;
    let mut shown = String::new();
    while let Some((before, after)) = rest.split_once(mark) {
        let (there, taken) = instead(after);
        shown.push_str(before);
        shown.push_str(&there);
        rest = &after[taken..];
    }
    if shown.is_empty() && rest.len() == text.len() {
        return text.into();
    }
    shown.push_str(rest);
    shown.into()
}

fn end_of_word(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || ";,)".contains(c)).unwrap_or(text.len())
}

/// The labels of `field=COLUMN,…`, with or without quotes around it.
fn columns(rest: &str, label: &dyn Fn(&str) -> String) -> (String, usize) {
    let quoted = rest.strip_prefix('\'').and_then(|inside| inside.split_once('\''));
    let (list, taken) = if let Some((inside, _)) = quoted {
        (inside, inside.len() + 2)
    } else {
        let end = rest.find(|c: char| c.is_whitespace() || ";)".contains(c));
        let end = end.unwrap_or(rest.len());
        (&rest[..end], end)
    };
    let named = list.split(',').map(|pair| {
        let (field, column) = pair.split_once('=').unwrap_or((pair, ""));
        let column = if column.starts_with('#') { format!(" {column}") } else { String::new() };
        format!("{}{column}", label(&format!("field.{field}")))
    });
    (named.collect::<Vec<_>>().join(", "), taken)
}

#[cfg(test)]
mod tests {
    use seedtest_ingest::{Options, RejectReason, Wanted, preview};
    use seedtest_pipeline::Lang;

    use super::*;

    fn english(text: &str) -> String {
        on_form(text, &Words::of(Lang::En).unwrap())
    }

    #[test]
    fn a_flag_is_the_field_that_says_the_same() {
        for (text, shown) in [
            (
                "say which column it is: --map completed_at=COLUMN; a file without times: --time-start \
                 YYYY-MM-DD puts its answers on that day",
                "say which column it is: “Time”; a file without times: “Day of answers without a time” \
                 YYYY-MM-DD puts its answers on that day",
            ),
            ("write --map student=COLUMN,item=COLUMN", "write “Student”, “Item”"),
            ("--map 'item=#3' takes column x", "“Item” #3 takes column x"),
            (
                "say: --date-format dmy or --date-format mdy",
                "say: “How times are written” dmy or “How times are written” mdy",
            ),
            ("give them: --key FILE with the columns item and key; so", "give them: “Key”; so"),
            ("text in cp949 (--encoding says otherwise)", "text in cp949"),
            ("Moodle (--from moodle)", "Moodle"),
            ("no flag, a--b", "no flag, a--b"),
        ] {
            assert_eq!(english(text), shown);
        }
        let korean = on_form("say: --encoding cp949", &Words::of(Lang::Ko).unwrap());
        assert!(korean.starts_with("say: “") && !korean.contains("encoding"), "{korean}");
    }

    /// Whether a text names a flag.
    fn has_flag(text: &str) -> bool {
        text.match_indices("--").any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + 2..].chars().next();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '-')
                && after.is_some_and(|c| c.is_ascii_lowercase())
        })
    }

    #[test]
    fn nothing_that_is_said_of_a_file_names_a_flag() {
        let folder = tempfile::tempdir().unwrap();
        let mut met = 0;
        for (name, content) in [
            ("empty.csv", ""),
            ("no_time.csv", "student,item,correct\na,1,1\n"),
            ("no_item.csv", "student,correct,time\na,1,2025-03-01\n"),
            ("two_orders.csv", "student,item,correct,time\na,1,1,01/02/2025\nb,1,0,03/04/2025\n"),
            ("points.csv", "student,item,points,time\na,1,2,2025-03-01\nb,1,0.5,2025-03-02\n"),
            ("options.csv", "student,item,answer,time\na,1,A,2025-03-01\nb,1,B,2025-03-02\n"),
            ("wide.csv", "name,q1,q2,class\na,1,0,7\nb,0,1,7\n"),
            ("twice.csv", "student,student,item,correct,time\na,b,1,1,2025-03-01\n"),
            (
                "odd.csv",
                "student,item,correct,time\na,1,△,2025-03-01\nb,1,1,soon\n,1,1,2025-03-01\n",
            ),
            ("hours.csv", "student,item,correct,time\na,1,1,09:00\nb,1,0,10:00\n"),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            for wanted in [Wanted::Timed, Wanted::Everything] {
                let options = Options { wanted, ..Options::default() };
                let texts: Vec<String> = match preview(&path, &options) {
                    Err(error) => vec![error.to_string(), error.hint()],
                    Ok(found) => {
                        let why = found.columns.iter().map(|column| column.why.clone());
                        let rejects = found.rejects.iter();
                        let hints = rejects.map(|reject| reject.reason.hint().to_string());
                        why.chain(hints).chain(found.counts.notes.iter().cloned()).collect()
                    }
                };
                for text in texts {
                    met += usize::from(has_flag(&text));
                    assert!(!has_flag(&english(&text)), "{name}: {}", english(&text));
                }
            }
        }
        assert!(met > 5, "{met} messages with flags were looked at");
        for reason in [RejectReason::BadTime, RejectReason::InTheFuture] {
            assert!(!has_flag(&english(reason.hint())), "{reason}");
        }
    }
}
