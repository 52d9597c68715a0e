//! The log of the service on standard error, an event a line whatever stands in it.

use std::io::{self, Write};

use seedtest_fault::{escaped, escaped_in_json};

/// A writer of one event of text.
pub(crate) fn text_lines() -> LogLines<io::Stderr> {
    LogLines { out: io::stderr(), json: false }
}

/// A writer of one event of JSON.
pub(crate) fn json_lines() -> LogLines<io::Stderr> {
    LogLines { out: io::stderr(), json: true }
}

/// Spells out what a terminal or a reader of lines would obey; only the end of each write ends a line.
pub(crate) struct LogLines<W> {
    out: W,
    /// JSON spells ends of lines out by itself, and the rest in its own way.
    json: bool,
}

impl<W: Write> Write for LogLines<W> {
    /// The formatter hands over an event at once.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let end = &text[line.len()..];
        let shown = if self.json { escaped_in_json(line) } else { escaped(line) };
        self.out.write_all(shown.as_bytes())?;
        self.out.write_all(end.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let mut lines = LogLines { out: Vec::new(), json: false };
        lines.write_all(b"INFO request user=a\n2025 ERROR forged\x1b[31m\n").unwrap();
        let text = String::from_utf8(lines.out).unwrap();
        assert_eq!(text, "INFO request user=a\\n2025 ERROR forged\\u{1b}[31m\n");
    }

    #[test]
    fn json_stays_json() {
        let mut lines = LogLines { out: Vec::new(), json: true };
        lines.write_all("{\"user\":\"a\u{9b}31m\"}\n".as_bytes()).unwrap();
        assert_eq!(lines.out, b"{\"user\":\"a\\u009b31m\"}\n");
    }
}
