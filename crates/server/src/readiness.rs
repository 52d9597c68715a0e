//! Whether the service can do its work: it does not stop, and the database answers.

use std::time::{Duration, Instant};

use seedtest_pipeline::Cancel;
use seedtest_store::Store;
use tokio::sync::Mutex;

use crate::error::{ApiError, ApiResult, Code};

/// The database is asked this often at most, however many probe.
const PAUSE: Duration = Duration::from_secs(1);
/// A database that takes longer to say that it is there is not.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was found when somebody last asked.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    /// Held while the database is asked, so that one probe asks for all.
    last: Mutex<Option<(Instant, bool)>>,
    /// Set when the service begins to stop.
    pub(crate) leaving: Cancel,
}

impl Readiness {
    pub(crate) async fn check(&self, store: &Store) -> ApiResult<()> {
        if self.leaving.is_cancelled() {
            return Err(not_ready("the service is stopping"));
        }
        let mut last = self.last.lock().await;
        let known = last.filter(|(at, _)| at.elapsed() < PAUSE);
        let answers = if let Some((_, answers)) = known {
            answers
        } else {
            let asked = tokio::time::timeout(PATIENCE, store.ping()).await;
            let answers = matches!(asked, Ok(Ok(())));
            *last = Some((Instant::now(), answers));
            answers
        };
        if answers { Ok(()) } else { Err(not_ready("the database does not answer")) }
    }
}

fn not_ready(why: &str) -> ApiError {
    ApiError::new(Code::Unavailable, why).retry_after(PAUSE)
}
