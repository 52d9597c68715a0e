//! The browser of this machine.

use std::env;
use std::path::PathBuf;

/// Chromium: `CHROMIUM`, or the first browser of the family on the path.
///
/// # Panics
/// When there is none.
pub fn chromium() -> PathBuf {
    if let Some(given) = env::var_os("CHROMIUM") {
        return given.into();
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let path = env::var_os("PATH").unwrap_or_default();
    let mut candidates = env::split_paths(&path).flat_map(|dir| names.map(|name| dir.join(name)));
    candidates.find(|candidate| candidate.is_file()).unwrap_or_else(|| {
        panic!(
            "this test needs Chromium: install it (apt-get install chromium fonts-nanum) or set CHROMIUM to its path"
        )
    })
}
