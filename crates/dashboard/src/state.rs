//! What every page may touch.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use seedtest_pipeline::{Clock, Configuration};
use seedtest_store::{Error, Store};

use crate::config::Config;
use crate::pages::Voices;
use crate::passwords::Passwords;
use crate::refusal::Refusal;
use crate::render::Templates;
use crate::throttle::Throttle;

/// How often the database is asked whether there is an account, while there is none.
const PACE: Duration = Duration::from_secs(1);

/// What every page may touch.
pub struct Dashboard {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// How questions about students are answered.
    pub questions: Configuration,
    /// How the pages are set up.
    pub config: Config,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) templates: Templates,
    pub(crate) voices: Voices,
    known: Mutex<Known>,
}

/// Shared between all connections.
pub type Shared = Arc<Dashboard>;

/// What is known of the accounts.
#[derive(Debug, Default)]
struct Known {
    /// Whether there was one at the last look.
    any: bool,
    looked_at: Option<Instant>,
}

impl std::fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dashboard").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Dashboard {
    /// Pages over a database.
    ///
    /// # Errors
    /// When a template or a text that ships cannot be read, or the system has no random numbers; in words.
    pub fn new(
        store: Store,
        clock: Clock,
        questions: Configuration,
        config: Config,
    ) -> Result<Self, String> {
        Ok(Self {
            store,
            clock,
            questions,
            passwords: Passwords::new().map_err(|_| "the system has no random numbers")?,
            throttle: Throttle::default(),
            templates: Templates::new().map_err(|error| error.to_string())?,
            voices: Voices::new(&config.custom).map_err(|error| error.to_string())?,
            known: Mutex::default(),
            config,
        })
    }

    /// Whether anybody can use the pages: there is an account, somebody else vouches for people, or they are open.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_on(&self) -> Result<bool, Error> {
        if self.config.open || self.config.others_vouch {
            return Ok(true);
        }
        {
            let mut known = self.known();
            if known.any || known.looked_at.is_some_and(|at| at.elapsed() < PACE) {
                return Ok(known.any);
            }
            known.looked_at = Some(Instant::now());
        }
        // Once there was one the pages stay: who disables the last account wants nobody in, and gets that.
        let any = self.store.has_accounts().await?;
        self.known().any = any;
        Ok(any)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes sessions that are over.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_sessions(&self) -> Result<u64, Error> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let forgotten = tx.forget_sessions(now, now - self.config.idle).await?;
        tx.commit().await?;
        Ok(forgotten)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::from_store(&error)
    }
}
