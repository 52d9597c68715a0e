//! The KPIs of a student and week, from the one declaration of their row.

use seedtest_kpi::{FIELDS, Field, Missing};

use super::markdown::{cell, code, codes, page, table};

const ABOUT: &str = "The keys of `weekly_kpi.kpis`, in the order in which they are stored. A number \
that is not known is null, and `reasons` says why by the key.";

/// Every key and every reason.
pub(super) fn text() -> String {
    let rows: Vec<[String; 4]> = FIELDS.iter().map(row).collect();
    let reasons = codes(Missing::ALL.into_iter().map(Missing::code));
    let paragraphs = vec![
        table(["key", "meaning", "values", "computed from"], &rows),
        "## Why a number is null".to_string(),
        format!("{reasons}."),
    ];
    page("KPIs", ABOUT, paragraphs)
}

fn row(field: &Field) -> [String; 4] {
    [code(field.key), cell(field.meaning), cell(field.range), cell(field.source)]
}
