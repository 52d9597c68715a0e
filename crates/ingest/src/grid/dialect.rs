//! How the cells of a text are parted, and which row names the columns.

use crate::record::{Found, Records};

/// Delimiters, the more usual first.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// The delimiter of a text: the one that parts the most of its rows into the same number of cells. `usual` is
/// that of the file's name; a single row is parted by it.
pub(crate) fn delimiter(sample: &[u8], usual: Option<u8>) -> u8 {
    const BYTES: usize = 64 << 10;
    let sample = &sample[..sample.len().min(BYTES)];
    let parted: Vec<Parted> =
        DELIMITERS.iter().filter_map(|delimiter| Parted::of(*delimiter, sample)).collect();
    let is_usual = |parted: &&Parted| Some(parted.delimiter) == usual;
    if let Some(only) = parted.iter().find(is_usual).filter(|parted| parted.rows == 1) {
        return only.delimiter;
    }
    let best = parted.iter().reduce(|best, other| if other.beats(best) { other } else { best });
    best.map_or(usual.unwrap_or(b','), |parted| parted.delimiter)
}

/// How a delimiter parts a text.
struct Parted {
    delimiter: u8,
    rows: usize,
    /// Cells of most rows, at least two.
    cells: usize,
    /// Share of the rows with as many.
    share: f64,
    /// Whether the first row has as many.
    is_headed: bool,
}

impl Parted {
    fn of(delimiter: u8, sample: &[u8]) -> Option<Self> {
        const ROWS: usize = 200;
        let mut records = Records::new(sample, delimiter, sample.len()).with_lines_of(sample);
        let mut widths: Vec<usize> = Vec::new();
        while widths.len() < ROWS && matches!(records.advance(), Ok(Found::Record)) {
            // The last one may be cut off.
            if !records.at_end() || widths.is_empty() {
                widths.push(records.n_fields());
            }
        }
        let count = |cells: usize| widths.iter().filter(|width| **width == cells).count();
        let cells =
            widths.iter().copied().filter(|cells| *cells > 1).max_by_key(|&c| (count(c), c))?;
        let (rows, share) = (widths.len(), count(cells) as f64 / widths.len() as f64);
        let is_headed = widths.first() == Some(&cells);
        Some(Self { delimiter, rows, cells, share, is_headed })
    }

    fn beats(&self, other: &Self) -> bool {
        /// Some rows may be titles.
        const SAME: f64 = 0.02;
        let ahead = self.share - other.share;
        if ahead.abs() > SAME {
            return ahead > 0.0;
        }
        // Decimal commas part every row but the names of the columns.
        if self.is_headed != other.is_headed {
            return self.is_headed;
        }
        self.cells > other.cells
    }
}

/// A row near the start of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FirstRow {
    pub(crate) line: u64,
    /// Cells with something in them.
    pub(crate) filled: usize,
}

/// How many rows are looked at for the header.
pub(crate) const FIRST_ROWS: usize = 30;

/// Position of the row that names the columns: the first that is filled about as much as the fullest, so that
/// titles and notes above a table are passed over. `wanted` is its line, where the user says so.
pub(crate) fn header_position(rows: &[FirstRow], wanted: Option<u64>) -> Option<usize> {
    if let Some(line) = wanted {
        return rows.iter().position(|row| row.line == line);
    }
    let fullest = rows.iter().map(|row| row.filled).max()?;
    let fits = |row: &FirstRow| row.filled * 10 >= fullest * 6 && (row.filled > 1 || fullest < 2);
    rows.iter().position(fits)
}

/// The names of a header that may be of two rows: where its own row has none the row above it names the column, and
/// where several columns have one name, the group that stands above them goes before it.
pub(crate) fn two_rows(above: Option<&[String]>, mut names: Vec<String>) -> Vec<String> {
    let Some(above) =
        above.filter(|above| above.iter().filter(|name| !name.is_empty()).count() > 1)
    else {
        return names;
    };
    let own = names.clone();
    let mut group = "";
    for (at, name) in names.iter_mut().enumerate() {
        let over = above.get(at).map_or("", String::as_str);
        group = if over.is_empty() { group } else { over };
        let is_repeated = !name.is_empty() && own.iter().filter(|other| *other == name).count() > 1;
        if name.is_empty() {
            over.clone_into(name);
        } else if is_repeated && !group.is_empty() {
            *name = format!("{group} {name}");
        }
    }
    names
}

/// Whether the row behind a header is its second one: it names columns that the first leaves open, and leaves the first
/// column to it, as no row of a student does.
pub(crate) fn is_second_row(first: &[String], second: &[String]) -> bool {
    let at =
        |row: &[String], index: usize| row.get(index).map_or("", |cell| cell.trim()).to_owned();
    let Some(start) = first.iter().position(|cell| !cell.trim().is_empty()) else { return false };
    let left = at(second, start);
    let leaves_first = left.is_empty() || left == at(first, start);
    let names_open = (start..second.len())
        .any(|index| at(first, index).is_empty() && !at(second, index).is_empty());
    leaves_first && names_open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_parts_the_rows() {
        let csv = Some(b',');
        for (text, usual, expected) in [
            ("a,b;c;d\n", csv, b','),
            ("a,b;c;d\n", None, b';'),
            ("student;item;correct\na;q;1,0\nb;q;0,0\n", csv, b';'),
            ("student;item;time, local\na;q;2025-03-01\nb;q;2025-03-02\n", csv, b';'),
            ("a,b\n\"x;y;z\",1\n\"u;v;w\",2\n", csv, b','),
            ("sep=;\na;b\n1;2\n3;4\n", csv, b';'),
            ("a\tb,c\n1\t2,3\n1\t4,5\n", Some(b'\t'), b','),
            ("id\tmodule\tstate\n1\tproblem\t{\"a\": 1, \"b\": 2}\n2\tproblem\t{}\n", None, b'\t'),
            ("\"a\nb\",c\n1,2\n", csv, b','),
            ("a|b|c\n1|2|3\n", None, b'|'),
            ("a;b\r1;2\r3;4\r", csv, b';'),
            ("student\namy\n", csv, b','),
            ("", None, b','),
        ] {
            assert_eq!(delimiter(text.as_bytes(), usual) as char, expected as char, "{text:?}");
        }
    }

    #[test]
    fn decimal_commas_do_not_part_a_table_whose_names_have_none() {
        for row in ["0;0,408;-0,624\n", "0,1;0,408;-0,624\n"] {
            let text = format!("user;a;b\n{}", row.repeat(60));
            assert_eq!(delimiter(text.as_bytes(), Some(b',')) as char, ';', "{row:?}");
        }
        let titled = format!("Class 3\na,b,c\n{}", "1,2;3,4\n".repeat(60));
        assert_eq!(delimiter(titled.as_bytes(), Some(b',')) as char, ',');
    }

    #[test]
    fn the_header_is_the_first_full_row() {
        let rows = |filled: &[usize]| {
            let row = |(at, &filled): (usize, &usize)| FirstRow { line: at as u64 + 1, filled };
            filled.iter().enumerate().map(row).collect::<Vec<_>>()
        };
        for (filled, expected) in [
            (&[4, 4, 4][..], Some(0)),
            (&[1, 4, 4], Some(1)),
            (&[1, 2, 4, 3], Some(2)),
            (&[3, 4, 4], Some(0)),
            (&[1, 1], Some(0)),
            (&[0, 1, 1], Some(1)),
            (&[], None),
        ] {
            assert_eq!(header_position(&rows(filled), None), expected, "{filled:?}");
        }
        assert_eq!(header_position(&rows(&[4, 4, 4]), Some(3)), Some(2));
        assert_eq!(header_position(&rows(&[4, 4, 4]), Some(9)), None);
        let row = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert!(is_second_row(&row("번호,이름,국어,,수학,"), &row(",,1번,2번,1번,2번")));
        assert!(is_second_row(&row("번호,국어,"), &row("번호,1번,2번")));
        assert!(!is_second_row(&row("번호,이름,국어,"), &row("1,A,O,X")));
        assert!(!is_second_row(&row("id,q1,q2"), &row(",1,0")));
    }
}
