//! Rows that are no students: sums and means below a table, what can be had and what is right above it.

use crate::cell::Cell;
use crate::column_map::{Search, find_column};
use crate::field::{Field, normalised};
use crate::grid::{Grid, Sample, SheetGrid};
use crate::key::KeyCell;
use crate::options::Options;
use crate::student_key::names_student;

/// What stands in place of a student in a row of sums, means or shares, in normalised spelling.
const SUMMARIES: &[&str] = &[
    "평균",
    "전체평균",
    "반평균",
    "학급평균",
    "합계",
    "총합",
    "총계",
    "계",
    "소계",
    "총점",
    "정답률",
    "정답율",
    "오답률",
    "정답수",
    "정답자수",
    "정답인원",
    "응시자수",
    "응시인원",
    "인원",
    "인원수",
    "표준편차",
    "편차",
    "분산",
    "최고점",
    "최저점",
    "최고",
    "최저",
    "최댓값",
    "최솟값",
    "중앙값",
    "난이도",
    "변별도",
    "mean",
    "average",
    "avg",
    "classaverage",
    "overall",
    "overallaverage",
    "total",
    "totals",
    "sum",
    "grandtotal",
    "subtotal",
    "median",
    "sd",
    "stddev",
    "standarddeviation",
    "stdev",
    "variance",
    "ncorrect",
    "percentcorrect",
    "pvalue",
    "difficulty",
    "facility",
    "facilityindex",
    "discrimination",
    "durchschnitt",
    "mittelwert",
    "summe",
    "gesamt",
    "standardabweichung",
    "gesamtdurchschnitt",
    "moyenne",
    "promedio",
    "media",
];

/// What stands in place of a student in the row of the points that can be had, in normalised spelling.
const MAXIMA: &[&str] = &[
    "배점",
    "만점",
    "문항배점",
    "pointspossible",
    "maxpoints",
    "maximumpoints",
    "maxscore",
    "maximumscore",
    "maximum",
    "outof",
    "punktzahl",
    "maximalpunkte",
    "höchstpunktzahl",
    "maxpunkte",
];

/// What stands in place of a student in the row of the right options, in normalised spelling.
const KEYS: &[&str] = &[
    "key",
    "answerkey",
    "정답",
    "정답지",
    "정답표",
    "정답번호",
    "모범답안",
    "lösung",
    "correct",
    "correctanswer",
    "correctanswers",
];

/// Columns of a table in which a row says that it is no student's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Labels {
    columns: Vec<usize>,
}

/// A row that is no student's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Labelled {
    /// Sums, means or shares.
    Summary,
    /// The points that can be had.
    Maxima,
    /// The right options.
    Key,
}

impl Labelled {
    /// What such a row says, for people.
    pub(crate) fn says(self) -> &'static str {
        match self {
            Self::Summary => "sums",
            Self::Maxima => "points that can be had",
            Self::Key => "right options",
        }
    }
}

impl Labels {
    /// The columns that say who a student is, by their names or as the user says, and the first where it says nothing
    /// else.
    pub(crate) fn of(headers: &[String], options: &Options) -> Self {
        let mapped = options.map.column(Field::Student).into_iter();
        let given = mapped.chain(options.id.iter().map(String::as_str));
        let given: Vec<usize> = given
            .filter_map(|wanted| match find_column(headers, wanted) {
                Search::Found(index) => Some(index),
                _ => None,
            })
            .collect();
        let is_label = |(index, header): (usize, &String)| {
            let first = index == 0 && Field::from_alias(header).is_none();
            (first || names_student(header) || given.contains(&index)).then_some(index)
        };
        Self { columns: headers.iter().enumerate().filter_map(is_label).collect() }
    }

    /// The only such column; `None` where there are several.
    pub(crate) fn only(&self) -> Option<usize> {
        match self.columns.as_slice() {
            [column] => Some(*column),
            _ => None,
        }
    }

    /// What the row at hand is, with the word that says so.
    pub(crate) fn of_row(&self, grid: &Grid) -> Option<(Labelled, String)> {
        if !matches!(grid, Grid::Text(_) | Grid::Sheet(_)) {
            return None;
        }
        self.columns.iter().find_map(|&column| match grid.cell(column) {
            Ok(Cell::Text(text)) => Some((labelled(text)?, text.trim().to_owned())),
            _ => None,
        })
    }

    /// Whether the row at hand of a sheet is no student's.
    pub(crate) fn are_in(&self, sheet: &SheetGrid) -> bool {
        self.columns.iter().any(|&column| match sheet.cell(column) {
            Ok(Cell::Text(text)) => labelled(text).is_some(),
            _ => false,
        })
    }

    /// The same for a row of the sample.
    fn of_sample(&self, sample: &Sample, row: usize) -> Option<Labelled> {
        self.columns.iter().find_map(|column| labelled(sample.column(*column).cell(row)))
    }

    /// What to say of such rows among the first; those that name an item are answers.
    pub(crate) fn note(&self, sample: &Sample, item: Option<usize>) -> Option<String> {
        const MOST: usize = 6;
        let told: Vec<String> = (0..sample.n_rows())
            .filter(|row| self.of_sample(sample, *row).is_some())
            .filter(|row| item.is_none_or(|item| sample.column(item).cell(*row).is_empty()))
            .take(MOST)
            .map(|row| {
                let mut cells = self.columns.iter().map(|column| sample.column(*column).cell(row));
                let word = cells.find(|cell| labelled(cell).is_some()).unwrap_or_default();
                format!("{word} ({})", sample.place(row))
            })
            .collect();
        (!told.is_empty()).then(|| format!("rows that are no student's: {}", told.join(", ")))
    }

    /// The sample without such rows, and those of them that say what is right or what can be had.
    pub(crate) fn part(&self, sample: &Sample) -> (Sample, Vec<StatedRow>) {
        let kinds: Vec<Option<Labelled>> =
            (0..sample.n_rows()).map(|row| self.of_sample(sample, row)).collect();
        let is_stated = |row: &usize| matches!(kinds[*row], Some(Labelled::Maxima | Labelled::Key));
        let stated = (0..sample.n_rows()).filter(is_stated);
        let stated = stated.filter_map(|row| StatedRow::of(sample, row, kinds[row]?)).collect();
        (sample.filtered(|row| kinds[row].is_none()), stated)
    }
}

/// A row that says what is right, or what can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatedRow {
    pub(crate) kind: Labelled,
    pub(crate) sheet: usize,
    pub(crate) line: u64,
    /// Where it stands, for people.
    pub(crate) place: String,
    /// What each column has; `None` where nothing stands.
    pub(crate) cells: Vec<Option<KeyCell>>,
}

impl StatedRow {
    /// A row of the sample; `None` where nothing but its label stands in it.
    fn of(sample: &Sample, row: usize, kind: Labelled) -> Option<Self> {
        let cell = |index: usize| {
            let column = sample.column(index);
            let text = column.cell(row);
            let date = column.moment(row).map(|moment| KeyCell::Date(moment.to_string()));
            date.or_else(|| (!text.is_empty()).then(|| KeyCell::Text(text.to_owned())))
        };
        let cells: Vec<_> = (0..sample.n_columns()).map(cell).collect();
        let (sheet, line, place) = (sample.sheet(row), sample.line(row), sample.place(row));
        let says_more = cells.iter().flatten().count() > 1;
        says_more.then_some(Self { kind, sheet, line, place, cells })
    }

    /// The text in a column.
    pub(crate) fn text(&self, column: usize) -> Option<&str> {
        match self.cells.get(column)? {
            Some(KeyCell::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The number in a column.
    pub(crate) fn number(&self, column: usize) -> Option<f64> {
        crate::scoring::number(self.text(column)?)
    }
}

fn labelled(text: &str) -> Option<Labelled> {
    const LONGEST: usize = 60;
    // Nearly every id has a digit, and no such word has one.
    if text.len() > LONGEST || text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let text = text.trim().trim_end_matches(['%', '％']);
    let bare = text.split(['(', '（', '[', ':']).next().unwrap_or_default();
    let name = normalised(bare);
    let is_among = |words: &[&str]| words.contains(&name.as_str());
    match () {
        () if name.is_empty() => None,
        () if is_among(MAXIMA) => Some(Labelled::Maxima),
        () if is_among(KEYS) => Some(Labelled::Key),
        () => is_among(SUMMARIES).then_some(Labelled::Summary),
    }
}

/// Whether a text in place of a student says that its row is none: one of sums (`합계`, `Average`), of right options
/// (`정답`), or of the points that can be had (`만점`).
pub fn is_label(text: &str) -> bool {
    labelled(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_below_a_table_are_no_students() {
        for text in [
            "평균",
            " 합 계 ",
            "정답률(%)",
            "Average",
            "Class average",
            "Ø Durchschnitt",
            "계:",
            "TOTAL",
        ] {
            let expected = (!text.starts_with('Ø')).then_some(Labelled::Summary);
            assert_eq!(labelled(text), expected, "{text}");
        }
        for text in ["배점", "Points Possible", "만점"] {
            assert_eq!(labelled(text), Some(Labelled::Maxima), "{text}");
        }
        for text in ["정답", "Answer key", "정답(A형)"] {
            assert_eq!(labelled(text), Some(Labelled::Key), "{text}");
        }
        for text in ["김평균", "s1", "", "mean1", "계나리", "Maxine", "12", "Ed Total"] {
            assert_eq!(labelled(text), None, "{text}");
        }
    }
}
