//! A server of one test that is a script of Python: it prints its port, then a line for everything it took.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// How long something may be under way on this machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running script; it stops when it is dropped.
pub(crate) struct PythonServer<T> {
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    taken: Receiver<T>,
    child: Child,
    _alive: ChildStdin,
}

impl<T: Send + 'static> PythonServer<T> {
    /// Starts a script with an argument; `read` makes something of its lines.
    pub(crate) fn start(
        python: &str,
        script: &str,
        argument: &Value,
        read: fn(&str) -> Option<T>,
    ) -> Result<Self, String> {
        let mut child = Command::new(python)
            .args(["-W", "ignore", "-c", script, &argument.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let (Some(alive), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("it has no pipes".into());
        };
        let mut lines = BufReader::new(output).lines();
        let first = lines.next().and_then(Result::ok).unwrap_or_default();
        let port = first.parse().map_err(|_| "it names no port".to_owned())?;
        let (sender, taken) = channel();
        thread::spawn(move || {
            let all = lines.map_while(Result::ok).filter_map(|line| read(&line));
            // The test may be over before the server is.
            let _ = all.into_iter().try_for_each(|one| sender.send(one));
        });
        Ok(Self { port, taken, child, _alive: alive })
    }

    /// The next thing that came; `None` where none came for some seconds.
    pub(crate) fn next(&self) -> Option<T> {
        self.taken.recv_timeout(PATIENCE).ok()
    }

    /// What came so far and was not asked for. A sender that was told "taken" finds its own here.
    pub(crate) fn all(&self) -> Vec<T> {
        // What the server said before it answered the sender is in the pipe; reading takes a moment.
        let mut all = Vec::new();
        while let Ok(one) = self.taken.recv_timeout(Duration::from_millis(500)) {
            all.push(one);
        }
        all
    }
}

impl<T> Drop for PythonServer<T> {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
