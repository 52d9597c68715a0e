//! A folder in which the binary runs with a fixed clock.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A directory of its own for one test, with the binary in reach.
pub(crate) struct Playground {
    dir: TempDir,
}

/// What a run printed and how it ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Playground {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The command in this directory, with a clock that stands still and no other environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        // `SEEDTEST_BINARY`: another build than that of the tests, such as a released one.
        let built = || env!("CARGO_BIN_EXE_seedtest").into();
        let binary = std::env::var_os("SEEDTEST_BINARY").unwrap_or_else(built);
        let mut command = Command::new(binary);
        command
            .current_dir(self.dir.path())
            .args(arguments)
            .env_clear()
            .env("SEEDTEST_NOW", "2025-03-20T12:00:00Z")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.finish(self.command(arguments).output().unwrap())
    }

    pub(crate) fn run_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        self.finish(command.output().unwrap())
    }

    pub(crate) fn finish(&self, output: Output) -> Run {
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(&self.dir.path().display().to_string(), "[DIR]")
        };
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Runs a command that has to succeed.
    pub(crate) fn must(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.transcript());
        run
    }

    /// Number of rows of a table, as the binary itself counts them.
    pub(crate) fn rows(&self, table: &str) -> u64 {
        let doctor = self.must(&["doctor"]);
        let prefix = format!("{table}: ");
        let line = doctor.stdout.lines().find_map(|line| line.strip_prefix(&prefix));
        line.unwrap_or_else(|| panic!("no table {table} in {}", doctor.stdout)).parse().unwrap()
    }
}

impl Run {
    /// Requires that the run ended well, whether its model converged or not.
    #[track_caller]
    pub(crate) fn ended(&self) {
        assert!(matches!(self.code, Some(0 | 3)), "{}", self.transcript());
    }

    /// Requires that the run ended by itself: it may have found nothing to do, or have said what is wrong.
    #[track_caller]
    pub(crate) fn ended_somehow(&self) {
        assert!(matches!(self.code, Some(0 | 1 | 3)), "{}", self.transcript());
        assert!(!self.stderr.contains("panicked"), "{}", self.transcript());
    }

    pub(crate) fn transcript(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "exit code: {:?}", self.code);
        let _ = writeln!(text, "--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr);
        text
    }
}

/// Snapshot settings that hide what differs from run to run: times and rates.
pub(crate) fn stable() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d+\.\d+ s( |,|\n|$)", "[SECONDS]$1");
    settings.add_filter(r"\(\d+ rows/s\)", "([RATE])");
    settings.add_filter(r"duration_ms=\d+", "duration_ms=[MS]");
    settings.add_filter(r#"_seconds": [0-9.e-]+"#, r#"_seconds": "[SECONDS]""#);
    settings
}
