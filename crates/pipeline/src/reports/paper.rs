//! Reports as PDF, in programs that were built with it.

#[cfg(feature = "pdf")]
use seedtest_report::PAPER_TEMPLATE;
use seedtest_report::{Custom, Sheet};

use crate::error::Error;

/// Sets reports on paper; made once for a batch.
pub struct Paper {
    #[cfg(feature = "pdf")]
    printer: seedtest_pdf::Printer,
}

#[cfg(feature = "pdf")]
impl Paper {
    /// The printer with its fonts and its template, and the fonts and template that a school brings along.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn new(custom: &Custom) -> Result<Self, Error> {
        let own = custom.templates.get_key_value(PAPER_TEMPLATE);
        let files = own.map(|(name, text)| (name.clone(), text.clone().into_bytes()));
        let fonts = custom.paper_fonts.iter().map(|font| (font.name.clone(), font.data.clone()));
        let printer = seedtest_pdf::Printer::with(files.into_iter().collect(), fonts.collect())?;
        Ok(Self { printer })
    }

    /// The sheet as a PDF file.
    ///
    /// # Errors
    /// Where the sheet does not fit the template.
    pub fn print(&self, sheet: &Sheet) -> Result<Vec<u8>, Error> {
        Ok(self.printer.print(sheet)?)
    }
}

#[cfg(not(feature = "pdf"))]
impl Paper {
    /// Says how to get PDF.
    ///
    /// # Errors
    /// Always [`Error::NoPdf`].
    pub fn new(_: &Custom) -> Result<Self, Error> {
        Err(Error::NoPdf)
    }

    /// As [`Self::new`].
    ///
    /// # Errors
    /// Always [`Error::NoPdf`].
    pub fn print(&self, _: &Sheet) -> Result<Vec<u8>, Error> {
        Err(Error::NoPdf)
    }
}
