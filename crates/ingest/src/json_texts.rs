//! The objects of a JSON file, one a line or those of an array.

use std::io;

use crate::elements::Elements;
use crate::lines::{Found, Lines};
use crate::source::Input;

/// Where the objects of a JSON file stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonShape {
    /// One on each line.
    Lines,
    /// One behind the other, over several lines.
    Stream,
    /// In one array.
    Array,
    /// In an array of the one object of the file, such as the `statements` of xAPI.
    Wrapped,
}

/// Objects of a JSON file as texts.
pub(crate) enum JsonTexts {
    Lines(Lines),
    Elements(Elements),
}

impl JsonTexts {
    pub(crate) fn new(input: Input, shape: JsonShape, limit: usize) -> Self {
        match shape {
            JsonShape::Lines => Self::Lines(Lines::new(input, limit)),
            JsonShape::Stream => Self::Elements(Elements::new(input, limit, 0)),
            JsonShape::Array => Self::Elements(Elements::new(input, limit, 1)),
            JsonShape::Wrapped => Self::Elements(Elements::new(input, limit, 2)),
        }
    }

    pub(crate) fn advance(&mut self) -> io::Result<Found> {
        match self {
            Self::Lines(lines) => lines.advance(),
            Self::Elements(elements) => elements.advance(),
        }
    }

    /// The object at hand.
    pub(crate) fn text(&self) -> &[u8] {
        match self {
            Self::Lines(lines) => lines.text(),
            Self::Elements(elements) => elements.text(),
        }
    }

    /// The line on which it starts.
    pub(crate) fn number(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.number(),
            Self::Elements(elements) => elements.number(),
        }
    }
}

/// The first whole objects of a text.
pub(crate) fn first_objects(head: &[u8], shape: JsonShape) -> Vec<(u64, &str)> {
    const MOST: usize = 20_000;
    let mut found = Vec::new();
    match shape {
        JsonShape::Lines => {
            let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
            for (line, text) in head.split(|byte| *byte == b'\n').enumerate().take(MOST) {
                if let Ok(text) = std::str::from_utf8(text.trim_ascii())
                    && !text.is_empty()
                {
                    found.push((line as u64 + 1, text));
                }
            }
        }
        JsonShape::Stream | JsonShape::Array | JsonShape::Wrapped => {
            let level = match shape {
                JsonShape::Wrapped => 2,
                JsonShape::Array => 1,
                _ => 0,
            };
            let mut elements = Elements::new(head, head.len(), level);
            while found.len() < MOST && matches!(elements.advance(), Ok(Found::Line)) {
                let (text, end) = (elements.text(), elements.consumed());
                if let Ok(text) = std::str::from_utf8(&head[end - text.len()..end]) {
                    found.push((elements.number(), text));
                }
            }
        }
    }
    found
}
