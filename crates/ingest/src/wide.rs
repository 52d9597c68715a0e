//! Tables with one student a row and one item a column.

use std::path::Path;

use crate::batch::{Batch, Cells};
use crate::cell::Cell;
use crate::column_map::{Search, find_column};
use crate::error::{Error, OtherValues};
use crate::field::{Field, normalised};
use crate::glob::fits;
use crate::grid::{Grid, Sample, SampleColumn};
use crate::key::Key;
use crate::missing::Missing;
use crate::options::{Blank, Options};
use crate::reading::{ItemAnswer, Reading};
use crate::reject::shortened;
use crate::scoring::{self, Scoring, ScoringContext, ScoringVerdict, Tally};

/// Columns that are about the student or the sitting, whatever they hold.
const ABOUT: &[&str] = &[
    "gender",
    "sex",
    "male",
    "female",
    "성별",
    "age",
    "나이",
    "연령",
    "grade",
    "학년",
    "class",
    "반",
    "학급",
    "classroom",
    "school",
    "학교",
    "group",
    "section",
    "total",
    "totalscore",
    "총점",
    "합계",
    "총계",
    "sum",
    "score",
    "rawscore",
    "점수",
    "mean",
    "average",
    "평균",
    "percent",
    "percentage",
    "정답률",
    "정답수",
    "맞은개수",
    "맞은수",
    "rank",
    "석차",
    "등급",
    "name",
    "이름",
    "성명",
    "학생명",
    "studentname",
    "firstname",
    "lastname",
    "surname",
    "email",
    "emailaddress",
    "이메일",
    "date",
    "날짜",
    "time",
    "시간",
    "timestamp",
    "duration",
    "country",
    "region",
    "지역",
    "language",
    "lang",
    "form",
    "booklet",
    "version",
    "ses",
    "income",
    "gpa",
    "attempt",
    "attempts",
    "status",
    "teacher",
    "birthdate",
    "dob",
    "생년월일",
    "comment",
    "comments",
    "비고",
    "memo",
    "note",
    "notes",
    "label",
    "weight",
    "wt",
    "schoolid",
    "classid",
    "correct",
    "geschlecht",
    "alter",
    "klasse",
    "summe",
    "punkte",
];
/// Columns that say how often a row counts: the rows are patterns, not students.
const FREQUENCIES: &[&str] =
    &["freq", "frequency", "count", "counts", "n", "빈도", "인원", "인원수"];
/// What stands in place of a student in a row that holds the right options.
const KEY_ROWS: &[&str] =
    &["key", "answerkey", "정답", "정답지", "lösung", "correct", "correctanswer"];
/// Most points of an item of a table that is mostly right and wrong.
const MOST_POINTS: f64 = 10.0;

/// Most items whose points are named.
const MOST_NAMED: usize = 5;
/// With fewer rows a column of ids may look like one of outcomes.
const FEW_ROWS: usize = 10;

/// Which column of a wide table is what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WideTable {
    /// Columns that say something of the whole row: the student, the group, the time.
    pub(crate) of_row: Vec<(Field, usize)>,
    items: Vec<Item>,
    /// Columns that are no items, and why.
    others: Vec<(String, &'static str)>,
    codes: Vec<f64>,
    /// The right options, where a row of the table holds them.
    key: Option<Key>,
    key_line: Option<u64>,
    blank: Blank,
}

/// A column of answers to one item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) column: usize,
    pub(crate) name: String,
    pub(crate) scoring: Scoring,
    /// The column of its right options.
    pub(crate) key_column: Option<usize>,
}

/// What a table turned out to be.
pub(crate) enum Recognition {
    Wide(Box<WideTable>),
    No {
        /// The first cell that is no outcome, where the table would be wide without it.
        obstacle: Option<CellAt>,
    },
}

/// A cell that is neither right, wrong nor empty.
pub(crate) struct CellAt {
    pub(crate) line: u64,
    pub(crate) column: String,
    pub(crate) value: String,
}

/// What is looked at to recognise a table.
struct Look<'a> {
    path: &'a Path,
    headers: &'a [String],
    sample: &'a Sample,
    options: &'a Options,
    key: Option<&'a Key>,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    /// Right and wrong.
    Outcomes {
        ox: bool,
    },
    /// Points from 0 to this.
    Points(f64),
    /// Letters or numbers of options.
    Options,
    Empty,
    Other,
}

impl WideTable {
    /// Sees whether a table is wide: its header names no item beside a correctness column, and its columns hold
    /// right and wrong, or what the user says are items.
    pub(crate) fn recognise(
        path: &Path,
        headers: &[String],
        sample: &Sample,
        options: &Options,
        key: Option<&Key>,
    ) -> Result<Recognition, Error> {
        let look = Look { path, headers, sample, options, key };
        let is_forced = !options.wide.items.is_empty();
        if !is_forced && look.is_long() {
            return Ok(Recognition::No { obstacle: None });
        }
        let Some(of_row) = look.of_row() else { return Ok(Recognition::No { obstacle: None }) };
        look.table(of_row, is_forced)
    }

    /// Fails where two columns have the same name: their answers could not be told apart.
    pub(crate) fn require_distinct_items(&self, path: &Path) -> Result<(), Error> {
        let mut sorted: Vec<_> = self.items.iter().map(|item| (&item.name, item.column)).collect();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            None => Ok(()),
            Some(pair) => Err(Error::DuplicateItem {
                path: path.to_owned(),
                item: pair[0].0.clone(),
                first: pair[0].1 + 1,
                second: pair[1].1 + 1,
            }),
        }
    }

    /// A table of which it is known what its columns are.
    pub(crate) fn known(of_row: Vec<(Field, usize)>, items: Vec<Item>, options: &Options) -> Self {
        let (blank, others, codes) = (options.wide.blank, Vec::new(), Vec::new());
        Self { of_row, items, others, codes, key: None, key_line: None, blank }
    }

    /// Columns that are read.
    pub(crate) fn wanted(&self) -> Vec<usize> {
        let of_row = self.of_row.iter().map(|(_, column)| *column);
        let of_items = self.items.iter().flat_map(|item| [Some(item.column), item.key_column]);
        of_row.chain(of_items.flatten()).collect()
    }

    /// Names of the columns of items.
    pub(crate) fn items(&self) -> impl ExactSizeIterator<Item = &str> {
        self.items.iter().map(|item| item.name.as_str())
    }

    /// Columns that are no items, and why.
    pub(crate) fn others(&self) -> &[(String, &'static str)] {
        &self.others
    }

    /// Tells the reading what was found out.
    pub(crate) fn inform(&self, reading: &mut Reading) {
        let names: Vec<&str> = self.items().collect();
        let shown = match names.as_slice() {
            [first, .., last] if names.len() > 6 => format!("{first} … {last}"),
            _ => names.join(", "),
        };
        reading.notes.push(format!("one item a column: {} items: {shown}", names.len()));
        if !self.others.is_empty() {
            let others: Vec<String> =
                self.others.iter().map(|(name, why)| format!("{name} ({why})")).collect();
            reading.notes.push(format!("no items: {} (--items says otherwise)", others.join(", ")));
        }
        reading.note_codes("items", &self.codes);
        let points = self.items.iter().filter_map(|item| match item.scoring {
            Scoring::Points { max: Some(max) } if max != 1.0 => Some((&item.name, max)),
            _ => None,
        });
        for (name, max) in points.take(MOST_NAMED) {
            let right = reading.right_from(max);
            reading
                .notes
                .push(format!("{name}: points out of {max}, right from {right} on (--right-at)"));
        }
    }

    /// Adds one answer for every cell of the row that is not empty.
    pub(crate) fn push_row(&self, grid: &Grid, number: u64, batch: &mut Batch, reading: &Reading) {
        let line = grid.line();
        if self.key_line == Some(line) {
            return;
        }
        let mut base = Cells::default();
        if !self.of_row.iter().any(|(field, _)| *field == Field::Student) {
            base.set(Field::Student, Cell::Integer(number as i64));
        }
        for &(field, column) in &self.of_row {
            match grid.cell(column) {
                Ok(cell) => base.set(field, cell),
                Err(reason) => return batch.reject(line, reason, grid.shown(column)),
            }
        }
        let is_blank = |column: usize| grid.cell(column).is_ok_and(|cell| reading.is_blank(cell));
        // Behind the last answer a blank is an item that was not reached.
        let reached = match self.blank {
            Blank::Missing => 0,
            Blank::Wrong => self.items.len(),
            Blank::NotReached => {
                self.items.iter().rposition(|item| !is_blank(item.column)).map_or(0, |at| at + 1)
            }
        };
        for (at, item) in self.items.iter().enumerate() {
            let mut cell = match grid.cell(item.column) {
                Ok(cell) => cell,
                Err(reason) => {
                    let value = shortened(&format!("{}={}", item.name, grid.shown(item.column)));
                    batch.reject(line, reason, value);
                    continue;
                }
            };
            if reading.is_blank(cell) {
                if at >= reached {
                    batch.add_unanswered(1);
                    continue;
                }
                cell = Cell::Bool(false);
            }
            let key_cell = item.key_column.and_then(|column| grid.cell(column).ok());
            let mut key = String::new();
            let of_cell =
                key_cell.and_then(|cell| cell.append_id(&mut key).ok().map(|()| key.as_str()));
            let of_row = self.key.as_ref().and_then(|key| key.option(&item.name));
            let mut cells = base;
            cells.set(Field::Item, Cell::Text(&item.name));
            let answer = ItemAnswer { cell, scoring: item.scoring, key: of_cell.or(of_row) };
            batch.push_item(line, &cells, answer, reading);
        }
    }
}

impl Look<'_> {
    /// Whether the header is that of a table with one answer a row.
    fn is_long(&self) -> bool {
        let mapped = self.options.map.entries().any(|(field, _)| {
            matches!(
                field,
                Field::Item | Field::Correct | Field::Answer | Field::Key | Field::MaxPoints
            )
        });
        let named = |wanted: &[Field]| {
            let mut fields = self.headers.iter().filter_map(|name| Field::from_alias(name));
            fields.any(|(field, _)| wanted.contains(&field))
        };
        mapped || (named(&[Field::Item]) && named(&[Field::Correct, Field::Answer]))
    }

    /// The columns that say something of the whole row; `None` where the user names one that is not there.
    fn of_row(&self) -> Option<Vec<(Field, usize)>> {
        let mut found: Vec<(Field, usize)> = Vec::new();
        let is_free = |found: &[(Field, usize)], index: usize| {
            !found.iter().any(|(_, taken)| *taken == index) && !self.is_ignored(index)
        };
        for (field, wanted) in self.options.map.entries() {
            match find_column(self.headers, wanted) {
                Search::Found(index) => found.push((field, index)),
                Search::Ambiguous(..) | Search::Missing => return None,
            }
        }
        for field in [Field::Student, Field::CompletedAt, Field::Day, Field::TimeZone] {
            if found.iter().any(|(known, _)| *known == field) {
                continue;
            }
            let ranked = self.headers.iter().enumerate().filter_map(|(index, name)| {
                let (_, rank) = Field::from_alias(name).filter(|(known, _)| *known == field)?;
                is_free(&found, index).then_some((rank, index))
            });
            // A column of outcomes is an item, unless its name is that of an id.
            let is_id = |(rank, index): &(u8, usize)| {
                const CLEAR: u8 = 4;
                *rank <= CLEAR
                    || self.sample.n_rows() < FEW_ROWS
                    || !matches!(self.shape(*index, &[]), Shape::Outcomes { .. })
            };
            let best = ranked.filter(is_id).min();
            if let Some((_, index)) = best {
                found.push((field, index));
            }
        }
        if !found.iter().any(|(field, _)| *field == Field::Student)
            && self.names_rows(0)
            && is_free(&found, 0)
        {
            found.push((Field::Student, 0));
        }
        Some(found)
    }

    /// Whether the first column has no name or that of a row number, or tells every row apart by texts.
    fn names_rows(&self, index: usize) -> bool {
        let Some(name) = self.headers.get(index) else { return false };
        if matches!(normalised(name).as_str(), "" | "row" | "rowid" | "index" | "순번" | "연번")
        {
            return true;
        }
        let cells: Vec<&str> = self.sample.column(index).cells().collect();
        let mut distinct = cells.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let are_texts = cells.iter().filter(|cell| scoring::number(cell).is_none()).count();
        cells.len() > 2 && distinct.len() == cells.len() && are_texts * 10 >= cells.len() * 9
    }

    fn is_ignored(&self, index: usize) -> bool {
        let name = &self.headers[index];
        self.options.ignored.iter().any(|ignored| fits(ignored, name))
    }

    fn table(&self, of_row: Vec<(Field, usize)>, is_forced: bool) -> Result<Recognition, Error> {
        let mut others: Vec<(String, &'static str)> = Vec::new();
        let free = (0..self.headers.len()).filter(|index| {
            !of_row.iter().any(|(_, taken)| taken == index) && !self.is_ignored(*index)
        });
        let mut candidates: Vec<usize> = Vec::new();
        for index in free {
            match self.ruled_out(index, is_forced) {
                Some(why) => others.push((self.headers[index].clone(), why)),
                None => candidates.push(index),
            }
        }
        if !is_forced {
            self.keep_numbered(&mut candidates, &mut others);
        }
        let has_student = of_row.iter().any(|(field, _)| *field == Field::Student);
        let (key, key_line) = self.key_row(&of_row, &candidates);
        let codes = self.codes(&candidates);
        let shapes: Vec<(usize, Shape)> =
            candidates.iter().map(|&index| (index, self.shape(index, &codes))).collect();
        let items = self.items(&shapes, key.as_ref(), &mut others);
        let Some(items) =
            items.filter(|items| self.is_enough(items, &others, has_student, is_forced))
        else {
            return self.refusal(&shapes, has_student, is_forced);
        };
        Ok(Recognition::Wide(Box::new(WideTable {
            of_row,
            items,
            others,
            codes,
            key,
            key_line,
            blank: self.options.wide.blank,
        })))
    }

    /// Why a column is no item, by what the user says or by its name.
    fn ruled_out(&self, index: usize, is_forced: bool) -> Option<&'static str> {
        let name = &self.headers[index];
        let wide = &self.options.wide;
        let is_among = |patterns: &[String]| patterns.iter().any(|pattern| fits(pattern, name));
        if is_among(&wide.not_items) {
            return Some("as --not says");
        }
        if is_forced {
            return (!is_among(&wide.items)).then_some("not among --items");
        }
        if ABOUT.contains(&normalised(name).as_str()) {
            return Some("by its name");
        }
        (name.is_empty()).then_some("without a name")
    }

    /// Where most columns have a number in their name, those without one are no items.
    fn keep_numbered(&self, candidates: &mut Vec<usize>, others: &mut Vec<(String, &'static str)>) {
        let is_numbered =
            |index: &usize| self.headers[*index].contains(|c: char| c.is_ascii_digit());
        let numbered = candidates.iter().filter(|index| is_numbered(index)).count();
        if numbered < 2 || numbered * 2 < candidates.len() {
            return;
        }
        for index in candidates.iter().filter(|index| !is_numbered(index)) {
            others.push((self.headers[*index].clone(), "not numbered as the items"));
        }
        candidates.retain(is_numbered);
    }

    /// Numbers in the candidates that stand for "no answer".
    fn codes(&self, candidates: &[usize]) -> Vec<f64> {
        let mut tally = Tally::default();
        for &index in candidates {
            self.cells(index).for_each(|cell| tally.see(cell));
        }
        let context = ScoringContext::default();
        match tally.verdict(context) {
            ScoringVerdict::Known { codes, .. } => codes,
            _ => tally.repeated_codes(),
        }
    }

    fn cells(&self, index: usize) -> impl Iterator<Item = &str> {
        let missing: &Missing = &self.options.missing;
        self.sample.column(index).cells().filter(|cell| !missing.is_value(cell))
    }

    fn shape(&self, index: usize, codes: &[f64]) -> Shape {
        let is_code = |cell: &&str| scoring::number(cell).is_some_and(|n| codes.contains(&n));
        let mut tally = Tally::default();
        self.cells(index).filter(|cell| !is_code(cell)).for_each(|cell| tally.see(cell));
        match tally.verdict(ScoringContext::default()) {
            ScoringVerdict::Empty if self.sample.column(index).times() > 0 => Shape::Other,
            ScoringVerdict::Empty => Shape::Empty,
            ScoringVerdict::Known { scoring: Scoring::RightWrong { ox }, .. } => {
                Shape::Outcomes { ox }
            }
            ScoringVerdict::Known { .. } => Shape::Points(100.0),
            ScoringVerdict::Neither(neither) => {
                let numbers: Vec<f64> =
                    tally.values().filter_map(|(v, _)| scoring::number(v)).collect();
                let largest = numbers.iter().copied().fold(0.0, f64::max);
                let is_points = numbers.len() == tally.values().count()
                    && numbers.contains(&0.0)
                    && numbers.iter().all(|n| *n >= 0.0 && (n * 4.0).fract() == 0.0)
                    && largest <= MOST_POINTS;
                match neither.kind {
                    scoring::NeitherKind::Options => Shape::Options,
                    _ if is_points => Shape::Points(largest),
                    scoring::NeitherKind::OptionsOrPoints if largest <= MOST_POINTS => {
                        Shape::Options
                    }
                    _ => Shape::Other,
                }
            }
        }
    }

    /// A row of right options among the students, with its line.
    fn key_row(
        &self,
        of_row: &[(Field, usize)],
        candidates: &[usize],
    ) -> (Option<Key>, Option<u64>) {
        let student = of_row.iter().find(|(field, _)| *field == Field::Student);
        let Some(&(_, student)) = student else { return (None, None) };
        let names_key = |cell: &str| KEY_ROWS.contains(&normalised(cell).as_str());
        let Some(row) = self.sample.column(student).cells().position(names_key) else {
            return (None, None);
        };
        let option = |column: &SampleColumn| column.cells().nth(row).map(str::to_owned);
        let options: Vec<(&str, String)> = candidates
            .iter()
            .filter_map(|&index| Some((&*self.headers[index], option(self.sample.column(index))?)))
            .filter(|(_, option)| !option.is_empty())
            .collect();
        let key = Key::of_pairs(options.iter().map(|(item, option)| (*item, option.as_str())));
        (Some(key), Some(self.sample.line(row)))
    }

    /// The items among the candidates; `None` where none is one.
    fn items(
        &self,
        shapes: &[(usize, Shape)],
        key_row: Option<&Key>,
        others: &mut Vec<(String, &'static str)>,
    ) -> Option<Vec<Item>> {
        let key = key_row.or(self.key);
        let name = |index: usize| self.headers[index].clone();
        let mut items = Vec::new();
        if let Some(key) = key {
            for &(column, _) in shapes {
                if key.has(&self.headers[column]) {
                    items.push(Item {
                        column,
                        name: name(column),
                        scoring: Scoring::Options,
                        key_column: None,
                    });
                } else {
                    others.push((name(column), "not in the key"));
                }
            }
            return Some(items).filter(|items| !items.is_empty());
        }
        let outcomes = shapes.iter().filter(|(_, s)| matches!(s, Shape::Outcomes { .. })).count();
        let points = shapes.iter().filter(|(_, s)| matches!(s, Shape::Points(_))).count();
        let takes_points = self.options.takes_points || self.options.right_at.is_some();
        if outcomes == 0 && !(takes_points && points > 0) {
            return None;
        }
        let ox = shapes.iter().any(|(_, shape)| *shape == Shape::Outcomes { ox: true });
        let is_numbered = |index: usize| self.headers[index].contains(|c: char| c.is_ascii_digit());
        for &(column, shape) in shapes {
            let scoring = match shape {
                _ if self.is_total(column, shapes) => {
                    others.push((name(column), "the sum of the others"));
                    continue;
                }
                Shape::Outcomes { .. } | Shape::Empty => Scoring::RightWrong { ox },
                Shape::Points(max) if takes_points || is_numbered(column) => {
                    Scoring::Points { max: Some(max) }
                }
                Shape::Points(_) | Shape::Options | Shape::Other => {
                    others.push((name(column), "neither right nor wrong"));
                    continue;
                }
            };
            items.push(Item { column, name: name(column), scoring, key_column: None });
        }
        Some(items).filter(|items| !items.is_empty())
    }

    /// Whether a column is the sum of the outcomes beside it, in nearly every row.
    fn is_total(&self, column: usize, shapes: &[(usize, Shape)]) -> bool {
        const ROWS: usize = 200;
        let summands: Vec<usize> = shapes
            .iter()
            .filter(|(other, shape)| *other != column && matches!(shape, Shape::Outcomes { .. }))
            .map(|(other, _)| *other)
            .collect();
        if summands.len() < 2 {
            return false;
        }
        let mut sums = vec![0.0; self.sample.n_rows().min(ROWS)];
        for index in summands {
            for (sum, cell) in sums.iter_mut().zip(self.sample.column(index).cells()) {
                *sum += f64::from(u8::from(scoring::says_number(cell) == Some(true)));
            }
        }
        let same = |(sum, cell): &(&f64, &str)| scoring::number(cell) == Some(**sum);
        let matching = sums.iter().zip(self.sample.column(column).cells()).filter(same).count();
        let has_large = sums.iter().any(|sum| *sum > 1.0);
        has_large && sums.len() > 2 && matching * 20 >= sums.len() * 19
    }

    /// Whether the items make a wide table.
    fn is_enough(
        &self,
        items: &[Item],
        others: &[(String, &'static str)],
        has_student: bool,
        is_forced: bool,
    ) -> bool {
        if is_forced || self.key.is_some() {
            return true;
        }
        let outcomes = items.iter().map(|item| self.cells(item.column).count()).sum::<usize>();
        let counts_patterns = !has_student
            && self.headers.iter().any(|name| FREQUENCIES.contains(&normalised(name).as_str()));
        if outcomes == 0 || counts_patterns {
            return false;
        }
        if !has_student && items.len() > 2 {
            return !items.iter().any(|item| names_an_answer(&item.name));
        }
        (has_student && items.len() > 1)
            || (others.is_empty() && !items.iter().any(|item| names_an_answer(&item.name)))
    }

    /// What a table is that is not wide; an error where it would be, but for what its cells hold.
    fn refusal(
        &self,
        shapes: &[(usize, Shape)],
        has_student: bool,
        is_forced: bool,
    ) -> Result<Recognition, Error> {
        let looks_wide = is_forced || (has_student && shapes.len() > 1);
        if !looks_wide {
            return Ok(Recognition::No { obstacle: None });
        }
        let is_answer = |shape: &Shape| matches!(shape, Shape::Points(_) | Shape::Options);
        let answers: Vec<usize> =
            shapes.iter().filter(|(_, shape)| is_answer(shape)).map(|(index, _)| *index).collect();
        if answers.len() * 2 > shapes.len() && answers.len() > 1 {
            return Err(self.not_right_wrong(&answers));
        }
        Ok(Recognition::No { obstacle: self.obstacle(shapes) })
    }

    fn not_right_wrong(&self, columns: &[usize]) -> Error {
        let mut tally = Tally::default();
        for &index in columns {
            self.cells(index).for_each(|cell| tally.see(cell));
        }
        let names: Vec<&str> = columns.iter().map(|index| &*self.headers[*index]).collect();
        let neither = tally.neither();
        let shapes: Vec<_> = columns.iter().map(|index| (*index, Shape::Options)).collect();
        let first = self.obstacle(&shapes);
        Error::NotRightWrong {
            path: self.path.to_owned(),
            column: match names.as_slice() {
                [first, .., last] if names.len() > 2 => format!("{first} … {last}"),
                _ => names.join(", "),
            },
            found: Box::new(OtherValues {
                line: first.as_ref().map_or(0, |cell| cell.line),
                value: first.map_or(String::new(), |cell| cell.value),
                kind: neither.kind,
                values: neither.values,
                unread: neither.unread,
                cells: neither.cells,
            }),
        }
    }

    /// The first cell among the candidates that is no outcome.
    fn obstacle(&self, shapes: &[(usize, Shape)]) -> Option<CellAt> {
        let odd = shapes.iter().filter_map(|&(index, _)| {
            let column = self.sample.column(index);
            let row = column.cells().position(|cell| {
                !self.options.missing.is_value(cell) && scoring::says_number(cell).is_none()
            })?;
            Some((row, index, column.cells().nth(row)?.to_owned()))
        });
        let (row, index, value) = odd.min()?;
        Some(CellAt {
            line: self.sample.line(row),
            column: self.headers[index].clone(),
            value: shortened(&value),
        })
    }
}

/// Whether a column of this name is found only in tables with one answer a row.
fn names_an_answer(name: &str) -> bool {
    matches!(Field::from_alias(name), Some((Field::Item, _) | (Field::Correct, 0..=2)))
}
