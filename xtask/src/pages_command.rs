//! `cargo xtask pages`: shell completions and manual pages, from the commands themselves.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap_complete::Shell;

/// Writes both into their folders.
pub(crate) fn write(out: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let completions = out.join("completions");
    fs::create_dir_all(&completions)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut seedtest::command(), "seedtest", &completions)?;
    }
    let man = out.join("man");
    fs::create_dir_all(&man)?;
    clap_mangen::generate_to(seedtest::command(), &man)?;
    Ok(ExitCode::SUCCESS)
}
