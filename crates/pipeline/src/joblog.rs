use std::io::Write;

use chrono::SecondsFormat;
use serde_json::json;

use crate::clock::Clock;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// `[INFO] text`, the lines that existing tools search for.
    #[default]
    Text,
    /// One JSON object a line: timestamp, level, message.
    Json,
}

/// Writes the log lines of a job.
pub struct JobLog<'a> {
    out: &'a mut (dyn Write + Send),
    format: LogFormat,
    clock: Clock,
    debug: bool,
}

impl<'a> JobLog<'a> {
    /// A log on `out`; `debug` also lets [`JobLog::debug`] lines through.
    pub fn new(
        out: &'a mut (dyn Write + Send),
        format: LogFormat,
        clock: Clock,
        debug: bool,
    ) -> Self {
        Self { out, format, clock, debug }
    }

    /// A log that looks the same and writes to another place.
    pub(crate) fn onto<'b>(&self, out: &'b mut (dyn Write + Send)) -> JobLog<'b> {
        JobLog { out, format: self.format, clock: self.clock, debug: self.debug }
    }

    /// Lines of a log made by [`JobLog::onto`].
    pub(crate) fn append(&mut self, lines: &[u8]) -> std::io::Result<()> {
        self.out.write_all(lines)
    }

    /// `[INFO]`
    pub fn info(&mut self, message: &str) -> std::io::Result<()> {
        self.line("INFO", message)
    }

    /// `[WARN]`
    pub fn warn(&mut self, message: &str) -> std::io::Result<()> {
        self.line("WARN", message)
    }

    /// `[DRY_RUN]`
    pub fn dry_run(&mut self, message: &str) -> std::io::Result<()> {
        self.line("DRY_RUN", message)
    }

    /// `[DEBUG]`, only when asked for.
    pub fn debug(&mut self, message: &str) -> std::io::Result<()> {
        if self.debug { self.line("DEBUG", message) } else { Ok(()) }
    }

    /// A line under one of the other prefixes of the contract, such as `[TAG]` or `[VERIFY]`.
    pub fn line_with(&mut self, prefix: &str, message: &str) -> std::io::Result<()> {
        self.line(prefix, message)
    }

    /// A line without a prefix.
    pub fn plain(&mut self, message: &str) -> std::io::Result<()> {
        match self.format {
            LogFormat::Text => writeln!(self.out, "{message}"),
            LogFormat::Json => self.line("INFO", message),
        }
    }

    fn line(&mut self, level: &str, message: &str) -> std::io::Result<()> {
        match self.format {
            LogFormat::Text => writeln!(self.out, "[{level}] {message}"),
            LogFormat::Json => {
                let timestamp = self.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true);
                let line = json!({"timestamp": timestamp, "level": level, "message": message});
                writeln!(self.out, "{line}")
            }
        }
    }
}
