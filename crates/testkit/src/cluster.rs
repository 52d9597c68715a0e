//! A PostgreSQL server of one test process.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Why a test got no PostgreSQL database.
#[derive(Debug, Clone)]
pub struct ClusterError {
    message: String,
}

impl std::fmt::Display for ClusterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ClusterError {}

impl ClusterError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    pub(crate) fn io(what: &str, error: &std::io::Error) -> Self {
        Self::new(format!("cannot {what}: {error}"))
    }
}

const SCRIPT: &str = include_str!("cluster.sh");
pub(crate) const INSTALL: &str = "the programs of a postgresql server (initdb, postgres) are not installed; \
    on Debian or Ubuntu run `apt-get install postgresql`, on macOS `brew install postgresql`";
/// Another process may take the port between our look and the server's start.
pub(crate) const START_ATTEMPTS: u32 = 3;

/// The URL of a new, empty database. The first call of a process starts the server, which stops
/// and cleans up when the process ends.
///
/// # Errors
/// The server's programs are missing or did not start; the message says how to install them.
pub fn postgres_database() -> Result<String, ClusterError> {
    static CLUSTER: OnceLock<Result<Cluster, ClusterError>> = OnceLock::new();
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let cluster = CLUSTER.get_or_init(Cluster::start).as_ref().map_err(Clone::clone)?;
    cluster.create_database(&format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed)))
}

struct Cluster {
    programs: PathBuf,
    port: u16,
    /// The server stops when this closes.
    _alive: ChildStdin,
}

impl Cluster {
    fn start() -> Result<Self, ClusterError> {
        let programs = find_programs().ok_or_else(|| ClusterError::new(INSTALL))?;
        let mut last = ClusterError::new("not started");
        for _ in 0..START_ATTEMPTS {
            match Self::start_once(&programs) {
                Ok(cluster) => return Ok(cluster),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn start_once(programs: &Path) -> Result<Self, ClusterError> {
        let port = free_port()?;
        let mut child = as_unprivileged("sh")
            .args(["-c", SCRIPT, "cluster.sh"])
            .arg(programs)
            .arg(port.to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| ClusterError::io("start the postgresql server", &error))?;
        let alive = child.stdin.take();
        if !says_ready(&mut child)? {
            return Err(ClusterError::new(format!(
                "the postgresql server did not start: {}",
                complaint(&mut child)
            )));
        }
        let alive = alive.ok_or_else(|| ClusterError::new("the server has no standard input"))?;
        Ok(Self { programs: programs.to_owned(), port, _alive: alive })
    }

    fn create_database(&self, name: &str) -> Result<String, ClusterError> {
        createdb(&self.programs, self.port, name, None)
    }
}

/// Makes a database, as a copy of another one where that is named, and returns its URL.
pub(crate) fn createdb(
    programs: &Path,
    port: u16,
    name: &str,
    template: Option<&str>,
) -> Result<String, ClusterError> {
    let output = Command::new(programs.join("createdb"))
        .args(["--host=127.0.0.1", "--username=seedtest", "--maintenance-db=postgres"])
        .arg(format!("--port={port}"))
        .args(template.map(|template| format!("--template={template}")))
        .arg(name)
        .output()
        .map_err(|error| ClusterError::io("run createdb", &error))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(ClusterError::new(format!("createdb failed: {}", text.trim())));
    }
    Ok(format!("postgresql://seedtest@127.0.0.1:{port}/{name}"))
}

/// Everything the script and this file run.
const PROGRAMS: [&str; 4] = ["initdb", "postgres", "pg_isready", "createdb"];

/// In PATH, or where Debian and Homebrew put them; the newest version first. A link in PATH leads
/// to the folder that has all the programs.
pub(crate) fn find_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path: Vec<PathBuf> = std::env::split_paths(&path)
        .filter_map(|folder| folder.join("initdb").canonicalize().ok())
        .filter_map(|program| Some(program.parent()?.to_owned()))
        .collect();
    let mut versioned: Vec<PathBuf> =
        ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
            .iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .collect();
    versioned.sort_by_key(|folder| std::cmp::Reverse(version_of(folder)));
    let is_complete =
        |folder: &PathBuf| PROGRAMS.iter().all(|program| folder.join(program).is_file());
    in_path.into_iter().chain(versioned).find(is_complete)
}

/// The number in `…/15/bin` or `…/postgresql@15/bin`.
fn version_of(bin: &Path) -> u32 {
    let name = bin.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    name.rsplit('@').next().and_then(|version| version.parse().ok()).unwrap_or(0)
}

/// PostgreSQL refuses to run as root; its own user exists wherever it is installed.
pub(crate) fn as_unprivileged(program: &str) -> Command {
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", program]);
    command
}

pub(crate) fn free_port() -> Result<u16, ClusterError> {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .map_err(|error| ClusterError::io("find a free port", &error))?;
    let address =
        listener.local_addr().map_err(|error| ClusterError::io("find a free port", &error))?;
    Ok(address.port())
}

fn says_ready(child: &mut Child) -> Result<bool, ClusterError> {
    let Some(output) = child.stdout.take() else { return Ok(false) };
    let mut line = String::new();
    BufReader::new(output)
        .read_line(&mut line)
        .map_err(|error| ClusterError::io("hear from the postgresql server", &error))?;
    Ok(line.trim() == "ready")
}

pub(crate) fn complaint(child: &mut Child) -> String {
    let mut text = String::new();
    if let Some(errors) = &mut child.stderr {
        // What could be read is all there is to say.
        let _ = errors.read_to_string(&mut text);
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_database_is_a_new_one() {
        let first = postgres_database().unwrap();
        let second = postgres_database().unwrap();
        assert_ne!(first, second);
    }

    #[test]
    fn the_version_is_read_from_the_folder() {
        assert_eq!(version_of(Path::new("/usr/lib/postgresql/15/bin")), 15);
        assert_eq!(version_of(Path::new("/opt/homebrew/opt/postgresql@17/bin")), 17);
        assert_eq!(version_of(Path::new("/usr/local/opt/zlib/bin")), 0);
    }
}
