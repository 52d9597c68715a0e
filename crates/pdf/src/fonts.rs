//! The fonts that ship with the program: Korean, Latin and Greek in two weights, see `scripts/fonts.py`.
//! Templates know them as "Seedtest Sans".

use std::io::Read;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use typst::foundations::Bytes;
use typst::text::Font;

use crate::error::PdfError;

const FILES: [(&str, &[u8]); 2] = [
    ("regular.ttf.gz", include_bytes!("../fonts/regular.ttf.gz")),
    ("bold.ttf.gz", include_bytes!("../fonts/bold.ttf.gz")),
];

/// Places of the shipped fonts among those of a printer.
pub(crate) const REGULAR: usize = 0;
pub(crate) const BOLD: usize = 1;

/// Unpacked and parsed once a process.
static SHIPPED: LazyLock<Result<Vec<Font>, &'static str>> = LazyLock::new(|| {
    FILES.into_iter().map(|(name, packed)| unpacked(packed).ok_or(name)).collect()
});

/// The shipped fonts, the regular weight first.
pub(crate) fn shipped() -> Result<Vec<Font>, PdfError> {
    SHIPPED.clone().map_err(|name| PdfError::Font { name: name.into() })
}

fn unpacked(packed: &[u8]) -> Option<Font> {
    let mut font = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut font).ok()?;
    Font::new(Bytes::new(font), 0)
}

/// The fonts of a file that a school brings along.
pub(crate) fn of_file(name: &str, data: Vec<u8>) -> Result<Vec<Font>, PdfError> {
    let fonts: Vec<Font> = Font::iter(Bytes::new(data)).collect();
    if fonts.is_empty() { Err(PdfError::Font { name: name.into() }) } else { Ok(fonts) }
}
