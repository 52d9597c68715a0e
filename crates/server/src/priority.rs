//! The priority of threads that fit.

/// How far fits stand back: at +10 a thread gets a tenth of what one at 0 gets where both want
/// the whole processor, so that fits go on while short requests come first.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Lets the threads that answer short requests go first. For threads that fit models.
#[cfg(target_os = "linux")]
pub fn let_others_first() {
    // On Linux a priority belongs to a thread, and no id means the calling one.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "fits run at the priority of requests");
    }
}

/// Elsewhere priorities belong to whole processes: nothing is changed.
#[cfg(not(target_os = "linux"))]
pub fn let_others_first() {}
