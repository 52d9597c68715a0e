//! Files a process may have open: each connection is one.

/// Files that are no connections: the database, what is read and written, the log.
#[cfg(target_os = "linux")]
const OTHERS: u64 = 128;

/// Asks the system for as many files as so many connections need. Gives the connections there is room for.
#[cfg(target_os = "linux")]
pub(crate) fn files_for(connections: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let needed = connections as u64 + OTHERS;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let Some(soft) = current.filter(|soft| *soft < needed) else { return connections };
    let wanted = maximum.map_or(needed, |hard| hard.min(needed)).max(soft);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    let files = if raised.is_ok() { wanted } else { soft };
    let room = files.saturating_sub(OTHERS).max(files / 2).min(connections as u64);
    if room < connections as u64 {
        tracing::warn!("room for {room} connections: the process may open {files} files");
    }
    room as usize
}

/// Elsewhere the limit is taken as it is.
#[cfg(not(target_os = "linux"))]
pub(crate) fn files_for(connections: usize) -> usize {
    connections
}
