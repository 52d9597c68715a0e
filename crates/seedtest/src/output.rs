//! Results on standard output, progress on standard error.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use seedtest_fault::escaped;

use crate::failure::Failure;

/// Where results and progress go: results to standard output, progress to standard error.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    quiet: bool,
    /// Shows that something is going on until there is something to say.
    busy: Arc<Mutex<Option<ProgressBar>>>,
}

impl Output {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet, busy: Arc::default() }
    }

    /// Shows on a terminal that something is going on, until the next thing is said.
    pub(crate) fn busy(&self, what: &str) {
        if self.quiet || !io::stderr().is_terminal() {
            return;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        if let Ok(style) = ProgressStyle::with_template("{prefix} {spinner} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(250));
        self.rest_with(Some(bar));
    }

    /// Nothing is going on any more.
    pub(crate) fn rest(&self) {
        self.rest_with(None);
    }

    fn rest_with(&self, next: Option<ProgressBar>) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = std::mem::replace(&mut *busy, next) {
            bar.finish_and_clear();
        }
    }

    /// A line of the result. Names and ids of others may stand in it: what a terminal would obey is
    /// spelled out.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        self.rest();
        writeln!(io::stdout().lock(), "{}", escaped(text)).or_else(|error| self.refused(&error))
    }

    /// The same after an empty line.
    pub(crate) fn paragraph(&self, text: &str) -> Result<(), Failure> {
        self.line("")?;
        self.line(text)
    }

    /// The result as it is.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.rest();
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush()).or_else(|error| self.refused(&error))
    }

    /// How many rows of a table are printed: all of them where they go into a pipe or a file, on a terminal so many.
    #[allow(clippy::unused_self, reason = "reads as part of the output's interface")]
    pub(crate) fn rows_shown(&self, on_a_terminal: usize) -> usize {
        if io::stdout().is_terminal() { on_a_terminal } else { usize::MAX }
    }

    /// Whether who reads standard error reads the result as well: nobody watches a terminal while it goes elsewhere.
    #[allow(clippy::unused_self, reason = "reads as part of the output's interface")]
    pub(crate) fn is_seen(&self) -> bool {
        io::stdout().is_terminal() || !io::stderr().is_terminal()
    }

    /// A remark about what is going on; not part of the result.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.rest();
            // Progress that nobody can read must not stop the work.
            let _ = writeln!(io::stderr().lock(), "{}", escaped(text));
        }
    }

    /// A reader that closed the pipe has seen enough; a full disk is an error.
    #[allow(clippy::unused_self, reason = "reads as part of the output's interface")]
    fn refused(&self, error: &io::Error) -> Result<(), Failure> {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Ok(());
        }
        Err(Failure::new(
            format!("cannot write standard output: {error}"),
            Some("free some space or send the output elsewhere".into()),
        ))
    }

    /// Progress over the steps of a job, once it says how many there are.
    pub(crate) fn steps(&self, what: &str) -> Steps {
        if self.quiet || !io::stderr().is_terminal() {
            return Steps(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        if let Ok(style) =
            ProgressStyle::with_template("{prefix} {spinner} {pos} done, {elapsed} so far")
        {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_string());
        Steps(bar)
    }

    /// Progress over the bytes of a file: a bar on a terminal, a plain line every few seconds
    /// otherwise.
    pub(crate) fn progress(&self, what: &str, total_bytes: Option<u64>) -> Progress {
        if self.quiet {
            return Progress::Off;
        }
        if io::stderr().is_terminal() {
            return Progress::Bar(bar(&escaped(what), total_bytes));
        }
        let now = Instant::now();
        Progress::Lines { what: escaped(what).into_owned(), total_bytes, started: now, last: now }
    }
}

/// Shows how many steps of a job are done: a bar on a terminal, nothing elsewhere.
pub(crate) struct Steps(ProgressBar);

impl Steps {
    pub(crate) fn show(&self, done: u64, of: u64) {
        if self.0.length() != Some(of) {
            if let Ok(style) =
                ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len}, {eta} to go")
            {
                self.0.set_style(style);
            }
            self.0.set_length(of);
        }
        self.0.set_position(done);
    }

    /// Shows how much is done where nobody knows how much there is.
    pub(crate) fn count(&self, done: u64) {
        self.0.set_position(done);
    }

    /// Shows that something is going on, before it is known how much there is to do.
    pub(crate) fn tick(&self) {
        self.0.enable_steady_tick(Duration::from_millis(250));
    }

    /// Writes lines above the bar.
    pub(crate) fn lines<W: Write>(&self, out: W) -> LinesAbove<W> {
        LinesAbove { bar: self.0.clone(), out }
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Writes what a bar below must not break.
pub(crate) struct LinesAbove<W> {
    bar: ProgressBar,
    out: W,
}

impl<W: Write> Write for LinesAbove<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bar.suspend(|| self.out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Shows how far a file has been read.
pub(crate) enum Progress {
    Off,
    Bar(ProgressBar),
    Lines { what: String, total_bytes: Option<u64>, started: Instant, last: Instant },
}

impl Progress {
    const EVERY: Duration = Duration::from_secs(5);

    pub(crate) fn update(&mut self, rows: u64, bytes: u64) {
        match self {
            Self::Off => {}
            Self::Bar(bar) => {
                bar.set_position(bytes);
                let rate = rows as f64 / bar.elapsed().as_secs_f64().max(1e-3);
                bar.set_message(format!("{rows} rows, {rate:.0} rows/s"));
            }
            Self::Lines { what, total_bytes, started, last } => {
                if last.elapsed() < Self::EVERY {
                    return;
                }
                *last = Instant::now();
                let seconds = started.elapsed().as_secs_f64();
                let rate = rows as f64 / seconds;
                let eta = total_bytes
                    .filter(|_| bytes > 0)
                    .map(|total| seconds * (total.saturating_sub(bytes)) as f64 / bytes as f64);
                let eta = eta.map_or(String::new(), |eta| format!(", {eta:.0} s to go"));
                let _ = writeln!(io::stderr().lock(), "{what}: {rows} rows, {rate:.0} rows/s{eta}");
            }
        }
    }

    pub(crate) fn finish(self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn bar(what: &str, total_bytes: Option<u64>) -> ProgressBar {
    let bar = match total_bytes {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::new_spinner(),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
    let template = if total_bytes.is_some() {
        "{prefix} {wide_bar} {percent:>3}% {msg}, {eta} to go"
    } else {
        "{prefix} {spinner} {msg}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(what.to_string());
    bar
}
