//! The log of the service on standard error, an event a line whatever stands in it.

use std::io::{self, Write};

use seedtest_fault::escaped;

/// A writer of one event.
pub(crate) fn log_lines() -> LogLines<io::Stderr> {
    LogLines(io::stderr())
}

/// Spells out what a terminal or a reader of lines would obey; only the end of each write ends a line.
pub(crate) struct LogLines<W>(W);

impl<W: Write> Write for LogLines<W> {
    /// The formatter hands over an event at once.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let end = &text[line.len()..];
        self.0.write_all(escaped(line).as_bytes())?;
        self.0.write_all(end.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let mut out = LogLines(Vec::new());
        out.write_all(b"INFO request user=a\n2025 ERROR forged\x1b[31m\n").unwrap();
        let text = String::from_utf8(out.0).unwrap();
        assert_eq!(text, "INFO request user=a\\n2025 ERROR forged\\u{1b}[31m\n");
    }
}
