//! The log lines of a job.

use std::io::{self, Write};

use chrono::SecondsFormat;
use seedtest_families::irt::conflicts_told;
use seedtest_fault::{escaped, escaped_in_json};
use seedtest_responses::ResponseLog;
use serde_json::json;

use crate::clock::Clock;
use crate::error::Error;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// `[INFO] text`, the lines that existing tools search for.
    #[default]
    Text,
    /// One JSON object a line: timestamp, level, message.
    Json,
}

/// Sees how far a job has come: how many of how many.
pub type Watch<'a> = dyn FnMut(u64, u64) + Send + 'a;

/// Writes the log lines of a job. A line that cannot be written stops no work: the first failure
/// is kept, nothing more is written, and [`JobLog::finish`] tells of it.
pub struct JobLog<'a> {
    out: &'a mut (dyn Write + Send),
    format: LogFormat,
    clock: Clock,
    debug: bool,
    quiet: bool,
    failure: Option<io::Error>,
    watch: Option<&'a mut Watch<'a>>,
}

impl<'a> JobLog<'a> {
    /// A log on `out`; `debug` also lets [`JobLog::debug`] lines through.
    pub fn new(
        out: &'a mut (dyn Write + Send),
        format: LogFormat,
        clock: Clock,
        debug: bool,
    ) -> Self {
        Self { out, format, clock, debug, quiet: false, failure: None, watch: None }
    }

    /// The same log without `[INFO]` and lines that say what is going on, where `quiet`.
    #[must_use]
    pub fn quiet(self, quiet: bool) -> Self {
        Self { quiet, ..self }
    }

    /// The same log, with somebody who sees how far the job has come.
    #[must_use]
    pub fn watched(self, watch: &'a mut Watch<'a>) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// Says how far the job has come, to whoever watches; no line is written.
    pub(crate) fn progress(&mut self, done: u64, of: u64) {
        if let Some(watch) = &mut self.watch {
            watch(done, of);
        }
    }

    /// A log that looks the same and writes to another place.
    pub(crate) fn onto<'b>(&self, out: &'b mut (dyn Write + Send)) -> JobLog<'b> {
        JobLog::new(out, self.format, self.clock, self.debug).quiet(self.quiet)
    }

    /// Lines of a log made by [`JobLog::onto`].
    pub(crate) fn append(&mut self, lines: &[u8]) {
        self.write(|out| out.write_all(lines));
    }

    /// `[INFO]`
    pub fn info(&mut self, message: &str) {
        if !self.quiet {
            self.line("INFO", message);
        }
    }

    /// `[WARN]`
    pub fn warn(&mut self, message: &str) {
        self.line("WARN", message);
    }

    /// `[DRY_RUN]`
    pub fn dry_run(&mut self, message: &str) {
        self.line("DRY_RUN", message);
    }

    /// `[DEBUG]`, only when asked for.
    pub fn debug(&mut self, message: &str) {
        if self.debug {
            self.line("DEBUG", message);
        }
    }

    /// A line under one of the other prefixes of the contract, such as `[TAG]` or `[VERIFY]`.
    pub fn line_with(&mut self, prefix: &str, message: &str) {
        self.line(prefix, message);
    }

    /// `[WARN]` where answers contradict each other.
    pub(crate) fn warn_of_conflicts(&mut self, answers: &ResponseLog) {
        if let Some(told) = conflicts_told(answers) {
            self.warn(&told);
        }
    }

    /// A line without a prefix.
    pub fn plain(&mut self, message: &str) {
        if self.quiet {
            return;
        }
        match self.format {
            LogFormat::Text => self.write(|out| writeln!(out, "{}", escaped(message))),
            LogFormat::Json => self.line("INFO", message),
        }
    }

    /// Whether every line was written that somebody wanted to read: who closed the pipe has seen enough.
    ///
    /// # Errors
    /// [`Error::Write`] with the first failure, once.
    pub fn finish(&mut self) -> Result<(), Error> {
        let what = || "standard output".into();
        let failure = self.failure.take().filter(|error| error.kind() != io::ErrorKind::BrokenPipe);
        failure.map_or(Ok(()), |source| Err(Error::Write { what: what(), source }))
    }

    fn line(&mut self, level: &str, message: &str) {
        match self.format {
            LogFormat::Text => self.write(|out| writeln!(out, "[{level}] {}", escaped(message))),
            LogFormat::Json => {
                let timestamp = self.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true);
                let line = json!({"timestamp": timestamp, "level": level, "message": message});
                let line = line.to_string();
                self.write(|out| writeln!(out, "{}", escaped_in_json(&line)));
            }
        }
    }

    fn write(&mut self, lines: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.failure.is_none() {
            self.failure = lines(&mut *self.out).err();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes some bytes and then no more.
    struct Narrow(usize, io::ErrorKind);

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(self.1.into());
            }
            self.0 = self.0.saturating_sub(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_id_cannot_forge_a_line_or_turn_a_terminal() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let mut out = Vec::new();
            let mut log =
                JobLog::new(&mut out, format, Clock::fixed(chrono::DateTime::UNIX_EPOCH), false);
            log.info("student a\n[INFO] done\u{1b}[2J\u{9b}");
            log.plain("student a\rb");
            let text = String::from_utf8(out).unwrap();
            assert_eq!(text.lines().count(), 2, "{text:?}");
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        }
    }

    #[test]
    fn the_first_failure_is_kept_to_the_end() {
        let mut out = Narrow(8, io::ErrorKind::StorageFull);
        let mut log = JobLog::new(
            &mut out,
            LogFormat::Text,
            Clock::fixed(chrono::DateTime::UNIX_EPOCH),
            false,
        );
        for _ in 0..3 {
            log.info("a line");
        }
        assert!(matches!(log.finish(), Err(Error::Write { .. })));
        assert!(log.finish().is_ok());
    }

    #[test]
    fn who_closed_the_pipe_has_seen_enough() {
        let mut out = Narrow(8, io::ErrorKind::BrokenPipe);
        let clock = Clock::fixed(chrono::DateTime::UNIX_EPOCH);
        let mut log = JobLog::new(&mut out, LogFormat::Text, clock, false);
        for _ in 0..3 {
            log.info("a line");
        }
        assert!(log.finish().is_ok());
    }

    #[test]
    fn a_quiet_log_has_what_needs_somebody() {
        let mut out = Vec::new();
        let clock = Clock::fixed(chrono::DateTime::UNIX_EPOCH);
        let mut log = JobLog::new(&mut out, LogFormat::Text, clock, true).quiet(true);
        log.info("started");
        log.plain("No users found");
        log.warn("too few weeks");
        assert_eq!(String::from_utf8(out).unwrap(), "[WARN] too few weeks\n");
    }
}
