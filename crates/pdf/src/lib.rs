//! Weekly reports on paper: what [`Renderer::student_sheet`](seedtest_report::Renderer::student_sheet)
//! and its siblings give, set by Typst as A4 in PDF: tagged for screen readers (PDF/UA-1), with bookmarks
//! and text that can be searched and copied. The same sheet gives the same bytes; no clock, no network,
//! no fonts of the machine.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use seedtest_pdf::Printer;
//! use seedtest_report::{Lang, Renderer, StudentReport};
//!
//! let renderer = Renderer::new(Lang::Ko)?;
//! let printer = Printer::new()?;
//! let pdf: Vec<u8> = printer.print(&renderer.student_sheet(&StudentReport::default())?)?;
//! # Ok(())
//! # }
//! ```

mod crew;
mod error;
mod fonts;
mod letters;
mod library;
mod press;
mod printer;
mod wrap;

pub use error::PdfError;
pub use printer::Printer;
