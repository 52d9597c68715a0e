//! `seedtest config show`: the settings in force.

use std::process::ExitCode;

use seedtest_pipeline::{JOBS, Settings};

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

/// Every setting with its value and where the value comes from; the database without its password.
pub(crate) fn show(global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    output.line(&format!("data-dir      {}", global.data_dir.display()))?;
    output.line(&format!("database      {}", session::target(global)?.redacted()))?;
    for entry in JOBS {
        let settings = Settings::resolve(entry, |_| None, |name| std::env::var(name).ok())?;
        output.paragraph(entry.name)?;
        for setting in entry.settings {
            let value = settings.shown(setting).unwrap_or_else(|| "(unset)".to_string());
            let origin = settings.origin(setting.key);
            output.line(&format!("  {:<22} {value:<12} {origin}", setting.key))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
