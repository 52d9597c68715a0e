//! From a sheet to a PDF.

use std::collections::BTreeMap;
use std::sync::Arc;

use seedtest_report::{PAPER_TEMPLATE, Sheet, template_source};
use typst::comemo;
use typst::diag::SourceDiagnostic;
use typst::ecow::EcoVec;
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::crew::Crew;
use crate::error::PdfError;
use crate::fonts;
use crate::letters;
use crate::press::{Plates, Press};

/// Name of the template among the files, and of the data it reads.
const MAIN: &str = PAPER_TEMPLATE;
const DATA: &str = "data.json";

/// Results of Typst's that no document needed for so many documents are forgotten: memory stays flat
/// over a batch, and what every document shares (the template, the texts) is worked out once.
const KEPT_FOR: usize = 4;

/// Sets reports on paper; fonts and template are read once. To be shared between threads, of whatever pool and
/// however small their stacks: documents are set on threads of their own.
pub struct Printer {
    plates: Arc<Plates>,
    options: PdfOptions,
    crew: Crew,
}

impl Printer {
    /// A printer with the template and the fonts that ship with the program.
    ///
    /// # Errors
    /// When a font or the template cannot be read.
    pub fn new() -> Result<Self, PdfError> {
        Self::with(BTreeMap::new(), Vec::new())
    }

    /// The same with files of a school: `report.typ` takes the place of the template, every other file
    /// can be read by it under its name. `fonts` (name of the file, content) are used for letters that
    /// the shipped fonts lack.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with(
        mut files: BTreeMap<String, Vec<u8>>,
        fonts: Vec<(String, Vec<u8>)>,
    ) -> Result<Self, PdfError> {
        let shipped = template_source(MAIN).unwrap_or_default();
        files.entry(MAIN.into()).or_insert_with(|| shipped.into());
        let mut known = fonts::shipped()?;
        for (name, data) in fonts {
            known.extend(fonts::of_file(&name, data)?);
        }
        let standards = PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|fault| {
            PdfError::Template { file: MAIN.into(), message: fault.message().to_string() }
        })?;
        Ok(Self {
            plates: Arc::new(Plates::new(MAIN, DATA, &files, known)?),
            options: PdfOptions { standards, ..PdfOptions::default() },
            crew: Crew::new()?,
        })
    }

    /// The sheet as a PDF file.
    ///
    /// # Errors
    /// [`PdfError::Template`] where the template cannot be set, or its result is not accessible.
    pub fn print(&self, sheet: &Sheet) -> Result<Vec<u8>, PdfError> {
        let data = letters::in_fonts(sheet.json(), self.plates.fonts());
        let press = Press::new(Arc::clone(&self.plates), data, sheet.logo())?;
        let printed = self.crew.run(|| {
            let document = typst::compile::<PagedDocument>(&press).output;
            document.and_then(|document| typst_pdf::pdf(&document, &self.options))
        })?;
        comemo::evict(KEPT_FOR);
        printed.map_err(|faults| template_error(&press, &faults))
    }
}

/// The first fault, with its place.
fn template_error(press: &Press, faults: &EcoVec<SourceDiagnostic>) -> PdfError {
    let Some(fault) = faults.first() else {
        return PdfError::Template { file: MAIN.into(), message: "unknown".into() };
    };
    let mut message = fault.message.to_string();
    for hint in &fault.hints {
        message.push_str("; ");
        message.push_str(&hint.v);
    }
    PdfError::Template { file: place(press, fault).unwrap_or_else(|| MAIN.into()), message }
}

/// File, line and column of a fault.
fn place(press: &Press, fault: &SourceDiagnostic) -> Option<String> {
    let id = fault.span.id()?;
    let source = press.source(id).ok()?;
    let start = press.range(fault.span)?.start;
    let (line, column) = source.lines().byte_to_line_column(start)?;
    Some(format!("{}:{}:{}", id.get().vpath().get_without_slash(), line + 1, column + 1))
}
