//! A PostgreSQL server of one test, which kills it and starts it again.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::cluster::{
    ClusterError, INSTALL, START_ATTEMPTS, as_unprivileged, complaint, createdb, find_programs,
    free_port,
};

const SCRIPT: &str = include_str!("server.sh");

/// A server that a test may kill. It ends with this value.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    port: u16,
    /// Folder of its socket.
    folder: PathBuf,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    child: Child,
}

impl Server {
    /// Starts a server; `options` are given to it, as `["-c", "max_connections=9"]`.
    ///
    /// # Errors
    /// The server's programs are missing or did not start.
    pub fn start(options: &[&str]) -> Result<Self, ClusterError> {
        Self::start_as("seedtest", "trust", options)
    }

    /// Starts a server as a distribution sets it up: its first user is `postgres`, who comes by the socket, and
    /// whoever comes over TCP needs a password.
    ///
    /// # Errors
    /// The server's programs are missing or did not start.
    pub fn with_passwords() -> Result<Self, ClusterError> {
        Self::start_as("postgres", "scram-sha-256", &[])
    }

    fn start_as(user: &str, host_auth: &str, options: &[&str]) -> Result<Self, ClusterError> {
        let programs = find_programs().ok_or_else(|| ClusterError::new(INSTALL))?;
        let mut last = ClusterError::new("not started");
        for _ in 0..START_ATTEMPTS {
            match Self::start_once(programs.clone(), [user, host_auth], options) {
                Ok(server) => return Ok(server),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn start_once(
        programs: PathBuf,
        access: [&str; 2],
        options: &[&str],
    ) -> Result<Self, ClusterError> {
        let port = free_port()?;
        let mut child = as_unprivileged("sh")
            .args(["-c", SCRIPT, "server.sh"])
            .arg(&programs)
            .arg(port.to_string())
            .args(access)
            .args(options)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| ClusterError::io("start the postgresql server", &error))?;
        let (Some(commands), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ClusterError::new("the server has no standard input or output"));
        };
        let answers = BufReader::new(answers);
        let folder = PathBuf::new();
        let mut server = Self { programs, port, folder, commands, answers, child };
        server.folder = server.hear("ready")?.into();
        Ok(server)
    }

    /// Ends every connection at once and the server with them; nothing is written on the way.
    ///
    /// # Errors
    /// When the script that runs it is gone.
    pub fn kill(&mut self) -> Result<(), ClusterError> {
        self.ask("kill", "killed").map(drop)
    }

    /// Starts the server again, with what it had.
    ///
    /// # Errors
    /// When it does not start.
    pub fn revive(&mut self) -> Result<(), ClusterError> {
        self.ask("start", "ready").map(drop)
    }

    /// Folder of the server's programs.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Folder of its socket.
    pub fn socket(&self) -> &Path {
        &self.folder
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a new, empty database of that name.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn database(&self, name: &str) -> Result<String, ClusterError> {
        createdb(&self.programs, self.port, name, None)
    }

    /// The URL of a new database that is a copy of another one, to which nobody may be connected.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn copy_of(&self, name: &str, template: &str) -> Result<String, ClusterError> {
        createdb(&self.programs, self.port, name, Some(template))
    }

    fn ask(&mut self, command: &str, answer: &str) -> Result<String, ClusterError> {
        writeln!(self.commands, "{command}")
            .and_then(|()| self.commands.flush())
            .map_err(|error| ClusterError::io("tell the postgresql server", &error))?;
        self.hear(answer)
    }

    /// What follows the word that is waited for.
    fn hear(&mut self, answer: &str) -> Result<String, ClusterError> {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .map_err(|error| ClusterError::io("hear from the postgresql server", &error))?;
        if let Some(rest) = line.trim().strip_prefix(answer) {
            return Ok(rest.trim().to_owned());
        }
        let said = complaint(&mut self.child);
        Err(ClusterError::new(format!("the postgresql server did not start: {said}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_comes_back_with_its_databases() {
        let mut server = Server::start(&["-c", "max_connections=20"]).unwrap();
        server.database("school").unwrap();
        server.kill().unwrap();
        assert!(server.database("other").is_err());
        server.revive().unwrap();
        server.copy_of("copy", "school").unwrap();
    }
}
