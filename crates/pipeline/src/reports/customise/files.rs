//! What a customising file names: logo, fonts and templates.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use seedtest_report::{Logo, LogoFormat, PaperFont, template_names};

use super::error::{CustomiseError, Place};
use super::nearest;

/// Largest logo: it is in every page, in text a third longer.
const MOST_LOGO_BYTES: u64 = 200 << 10;
/// Largest template and largest customising file.
const MOST_TEXT_BYTES: u64 = 1 << 20;
/// Largest font; those of all Chinese characters have 20 MB.
const MOST_FONT_BYTES: u64 = 32 << 20;

/// The templates of a directory, by name.
pub(super) fn templates(dir: &Path) -> Result<BTreeMap<String, String>, CustomiseError> {
    let failed = |source| CustomiseError::Read { path: dir.to_owned(), source };
    let known: Vec<&str> = template_names().collect();
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Editors leave files beside those they edit.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if !known.contains(&name.as_str()) {
            let (place, nearest) = (Place::of_file(dir), nearest(&name, &known));
            return Err(CustomiseError::Unknown { place, what: "template", name, nearest });
        }
        all.insert(name, text_of(&entry.path())?);
    }
    Ok(all)
}

/// The text of a file of moderate size.
pub(super) fn text_of(path: &Path) -> Result<String, CustomiseError> {
    let bytes = bytes_of(path, MOST_TEXT_BYTES)?;
    String::from_utf8(bytes).map_err(|error| {
        let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = read.split(|byte| *byte == b'\n').count();
        unusable(path, format!("line {line} is not UTF-8"))
    })
}

pub(super) fn logo(path: &Path) -> Result<Logo, CustomiseError> {
    let format = LogoFormat::of_file(path)
        .ok_or_else(|| unusable(path, "a logo that is no .png, .jpg or .svg".into()))?;
    let data = bytes_of(path, MOST_LOGO_BYTES)?;
    if is_what_it_says(format, &data) {
        Ok(Logo { format, data })
    } else {
        Err(unusable(path, format!("the content is not {}", format.media_type())))
    }
}

/// A font, whose beginning says what it is; whether all of it can be read, paper has to say.
pub(super) fn font(path: &Path) -> Result<PaperFont, CustomiseError> {
    let data = bytes_of(path, MOST_FONT_BYTES)?;
    let reason = match data.get(..4) {
        Some(b"\0\x01\0\0" | b"OTTO" | b"true" | b"ttcf") => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            return Ok(PaperFont { name, data });
        }
        Some(b"wOFF" | b"wOF2") => "a font packed for the web (WOFF)",
        _ => "no font",
    };
    Err(unusable(path, reason.into()))
}

fn bytes_of(path: &Path, most: u64) -> Result<Vec<u8>, CustomiseError> {
    let failed = |source| CustomiseError::Read { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(failed)?.len();
    if bytes > most {
        return Err(unusable(path, format!("it has {bytes} bytes, more than {most}")));
    }
    fs::read(path).map_err(failed)
}

/// Whether a file begins as its format does.
fn is_what_it_says(format: LogoFormat, data: &[u8]) -> bool {
    match format {
        LogoFormat::Png => data.starts_with(b"\x89PNG\r\n\x1a\n"),
        LogoFormat::Jpeg => data.starts_with(b"\xff\xd8\xff"),
        LogoFormat::Svg => std::str::from_utf8(data).is_ok_and(|text| {
            let text = text.trim_start_matches('\u{feff}').trim_start();
            (text.starts_with("<svg") || text.starts_with("<?xml") || text.starts_with("<!--"))
                && text.contains("<svg")
        }),
    }
}

pub(super) fn unusable(path: &Path, reason: String) -> CustomiseError {
    CustomiseError::File { path: path.to_owned(), reason }
}
