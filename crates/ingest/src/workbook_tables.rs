//! The tables of a workbook: its sheets, and those of the same columns together.

use crate::error::Error;
use crate::format::OpenTable;
use crate::grid::{
    Advance, Grid, NamedSheet, SheetGrid, SheetsGrid, Workbook, WorkbookFault, WorkbookKind, alike,
    beyond, join_classes, names_class,
};
use crate::options::Options;
use crate::reject::list_names;
use crate::source::Source;
use crate::summary_rows::Labels;

/// What a user writes for every sheet of the same columns.
const ALL: &str = "all";

/// The tables of a workbook, the longest first: the sheet that the user names, or all sheets that are shown. Sheets of
/// the same columns are one table where they are called after classes, or where the user wants all; those of classes
/// also where one has a column more than another.
pub(crate) fn open(
    source: Source,
    kind: WorkbookKind,
    options: &Options,
) -> Result<Vec<OpenTable>, Error> {
    let path = source.path().to_owned();
    let failed = |fault| Error::Workbook { path: path.clone(), fault: Box::new(fault) };
    let mut workbook = Workbook::open(source.into_file()?, kind).map_err(failed)?;
    let wanted = options.sheet.as_deref();
    let wants_all = wanted
        .is_some_and(|name| name.trim().eq_ignore_ascii_case(ALL) && workbook.named(name).is_err());
    let names = match wanted.filter(|_| !wants_all) {
        Some(wanted) => vec![workbook.named(wanted).map_err(failed)?],
        None => workbook.sheets(),
    };
    let mut sheets = Vec::new();
    let mut notes_of: Vec<(String, String)> = Vec::new();
    for name in &names {
        let mut cells = workbook.cells(name).map_err(failed)?;
        if cells.has_gaps() {
            let filled = cells.fill_down(&workbook.merged(name));
            if filled > 0 {
                let note = format!("{filled} cells are merged with one above and have its value");
                notes_of.push((name.clone(), note));
            }
        }
        workbook.put_bare_formulas(name, &mut cells).map_err(failed)?;
        let formulas = cells.formulas();
        if formulas > 0 {
            let note = format!(
                "{formulas} formulas have no value beside them: open the file in a spreadsheet program and save it"
            );
            notes_of.push((name.clone(), note));
        }
        if let Some((grid, headers)) = SheetGrid::of(cells, options.header_row) {
            sheets.push(NamedSheet { name: name.clone(), grid, headers });
        }
    }
    if sheets.is_empty() {
        return match options.header_row {
            Some(row) if !names.is_empty() => Err(Error::NoHeaderRow { path, row }),
            _ => Err(failed(WorkbookFault::Empty)),
        };
    }
    let mut tables = Vec::new();
    for group in join_classes(alike(sheets)) {
        let are_classes = group.iter().all(|sheet| names_class(&sheet.name));
        if group.len() > 1 && (wants_all || are_classes) {
            tables.push(table(group, &notes_of, options));
        } else {
            let mut group = group;
            group.sort_by_key(|sheet| std::cmp::Reverse(sheet.grid.n_rows()));
            tables.extend(group.into_iter().map(|sheet| table(vec![sheet], &notes_of, options)));
        }
    }
    let hidden = if wanted.is_none() { workbook.hidden() } else { Vec::new() };
    if let (Some(first), false) = (tables.first_mut(), hidden.is_empty()) {
        let names: Vec<String> = hidden.iter().map(|name| format!("{name:?}")).collect();
        first
            .notes
            .push(format!("hidden sheets are not read: {} (--sheet NAME)", names.join(", ")));
    }
    Ok(tables)
}

fn table(
    mut sheets: Vec<NamedSheet>,
    notes_of: &[(String, String)],
    options: &Options,
) -> OpenTable {
    let several = sheets.len() > 1;
    let is_of = |name: &str| sheets.iter().any(|sheet| sheet.name == name);
    let said = |(name, note): &(String, String)| {
        if several { format!("{name}: {note}") } else { note.clone() }
    };
    let mut notes: Vec<String> =
        notes_of.iter().filter(|(name, _)| is_of(name)).map(said).collect();
    let named = sheets.iter().flat_map(|sheet| &sheet.headers).filter(|name| !name.is_empty());
    let mut all: Vec<String> = named.cloned().collect();
    all.sort_unstable();
    all.dedup();
    for sheet in &sheets {
        let lacking = beyond(&all, &sheet.headers);
        if !lacking.is_empty() {
            notes.push(format!("sheet {:?} has no column {}", sheet.name, list_names(&lacking)));
        }
    }
    let counted = |sheet: &mut NamedSheet| (sheet.name.clone(), own_rows(sheet, options));
    let names = sheets.iter_mut().map(counted).collect();
    let (grid, headers, sample) = SheetsGrid::of(sheets);
    OpenTable { grid: Grid::Sheet(Box::new(grid)), headers, sample, sheets: names, notes }
}

/// Rows of a sheet that are neither blank nor those of sums, points and right options.
fn own_rows(sheet: &mut NamedSheet, options: &Options) -> usize {
    let labels = Labels::of(&sheet.headers, options);
    let mut rows = 0;
    while matches!(sheet.grid.advance(), Advance::Row) {
        rows += usize::from(!sheet.grid.is_blank() && !labels.are_in(&sheet.grid));
    }
    sheet.grid.rewind();
    rows
}

/// Sheets by name, with their rows.
pub(crate) type Sheets = Vec<(String, usize)>;

/// Which sheets are read, and which are not; `left`: the columns of those that are not, and their names.
pub(crate) fn note(
    read: &[(String, usize)],
    left: &[(&[String], &Sheets)],
    headers: &[String],
) -> Vec<String> {
    let mut notes = Vec::new();
    let quoted = |sheets: &[(String, usize)]| {
        let names: Vec<String> =
            sheets.iter().map(|(name, rows)| format!("{name:?} ({rows} rows)")).collect();
        names.join(", ")
    };
    match read {
        [] => return notes,
        [(name, _)] => notes.push(format!("sheet {name:?} (--sheet names another)")),
        several => notes.push(format!(
            "{} sheets are read together: {} (--sheet NAME reads one)",
            several.len(),
            quoted(several)
        )),
    }
    let mut sorted = headers.to_vec();
    sorted.sort_unstable();
    let is_same = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort_unstable();
        names == sorted
    };
    for (names, sheets) in left {
        let same = if is_same(names) {
            "; it has the same columns: --sheet all reads them together"
        } else {
            ""
        };
        notes.push(format!("not read: sheet {}{same}", quoted(sheets)));
    }
    notes
}
