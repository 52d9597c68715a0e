//! What Typst may see while it sets one document: the template, the data, the fonts, and nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use crate::error::PdfError;
use crate::library::library;

/// What every document shares.
pub(crate) struct Plates {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    template: Source,
    /// Files the template may read, by their id.
    files: BTreeMap<u16, (Bytes, Option<Source>)>,
    data: FileId,
}

impl Plates {
    /// The template `main` among `files`, which are named as the template names them; the data of each
    /// document stands beside them under the name `data`.
    pub(crate) fn new(
        main: &str,
        data: &str,
        files: &BTreeMap<String, Vec<u8>>,
        fonts: Vec<Font>,
    ) -> Result<Self, PdfError> {
        let mut known = BTreeMap::new();
        let mut template = None;
        for (name, content) in files {
            let id = file_id(name)?;
            let text = std::str::from_utf8(content).ok();
            let source = text
                .filter(|_| id.get().vpath().extension() == Some("typ"))
                .map(|text| Source::new(id, text.to_owned()));
            if name == main {
                template.clone_from(&source);
            }
            known.insert(id.into_raw().get(), (Bytes::new(content.clone()), source));
        }
        let missing = || PdfError::Template { file: main.into(), message: "no such text".into() };
        Ok(Self {
            library: LazyHash::new(library()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            template: template.ok_or_else(missing)?,
            files: known,
            data: file_id(data)?,
        })
    }

    pub(crate) fn fonts(&self) -> &[Font] {
        &self.fonts
    }
}

/// Names are interned for the life of the process: only those of the template's own files are.
fn file_id(name: &str) -> Result<FileId, PdfError> {
    let path = VirtualPath::new(name)
        .map_err(|fault| PdfError::Template { file: name.into(), message: format!("{fault:?}") })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// The world of one document.
pub(crate) struct Press {
    plates: Arc<Plates>,
    data: Bytes,
    logo: Option<(FileId, Bytes)>,
}

impl Press {
    /// The data of a document, and name and content of the logo that it names.
    pub(crate) fn new(
        plates: Arc<Plates>,
        data: String,
        logo: Option<(&str, &[u8])>,
    ) -> Result<Self, PdfError> {
        let logo = match logo {
            Some((name, content)) => Some((file_id(name)?, Bytes::new(content.to_vec()))),
            None => None,
        };
        Ok(Self { plates, data: Bytes::from_string(data), logo })
    }

    fn missing(id: FileId) -> FileError {
        FileError::NotFound(PathBuf::from(id.get().vpath().get_without_slash()))
    }
}

impl World for Press {
    fn library(&self) -> &LazyHash<Library> {
        &self.plates.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.plates.book
    }

    fn main(&self) -> FileId {
        self.plates.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let known = self.plates.files.get(&id.into_raw().get());
        known.and_then(|(_, source)| source.clone()).ok_or_else(|| Self::missing(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.plates.data {
            return Ok(self.data.clone());
        }
        if let Some((_, content)) = self.logo.as_ref().filter(|(logo, _)| *logo == id) {
            return Ok(content.clone());
        }
        let known = self.plates.files.get(&id.into_raw().get());
        known.map(|(content, _)| content.clone()).ok_or_else(|| Self::missing(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.plates.fonts.get(index).cloned()
    }

    /// Dates come with the data.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
