//! Pieces of a page.

/// A page: title, what it is about, and its paragraphs (tables, headings and code are ones too).
pub(super) fn page(title: &str, about: &str, paragraphs: Vec<String>) -> String {
    let mut all = vec![
        format!("# {title}"),
        "<!-- Written from the code by `cargo xtask gen`; do not edit. -->".to_string(),
        about.to_string(),
    ];
    all.extend(paragraphs.into_iter().filter(|paragraph| !paragraph.is_empty()));
    all.join("\n\n") + "\n"
}

/// A table; without rows nothing. Columns that are empty in every row are left out.
pub(super) fn table<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let used: Vec<usize> =
        (0..N).filter(|&at| rows.iter().any(|row| !row[at].is_empty())).collect();
    let line = |cells: Vec<&str>| format!("| {} |", cells.join(" | "));
    let mut lines = vec![
        line(used.iter().map(|&at| titles[at]).collect()),
        format!("|{}", "---|".repeat(used.len())),
    ];
    lines.extend(rows.iter().map(|row| line(used.iter().map(|&at| row[at].as_str()).collect())));
    lines.join("\n")
}

/// Words as they are typed; nothing for nothing.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", text.replace('|', "\\|")) }
}

/// Text of one table cell.
pub(super) fn cell(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace('|', "\\|").replace('<', "&lt;")
}

/// Each as code, with commas between.
pub(super) fn codes<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

/// The place that a heading makes on its page.
pub(super) fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
