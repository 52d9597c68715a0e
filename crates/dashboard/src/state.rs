//! What every page may touch.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use seedtest_pipeline::{Clock, Configuration};
use seedtest_store::{Error, Store};

use crate::config::Config;
use crate::pages::{Computing, Voices};
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
    pub(crate) computing: Computing,
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
            computing: Computing::default(),
            known: Mutex::default(),
            config,
        })
    }

    /// Whether anybody can use the pages: there is an account, somebody else vouches for people, or they are open.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_on(&self) -> Result<bool, Error> {
        let config = &self.config;
        Ok(!config.off && (config.open || config.others_vouch || self.look().await?))
    }

    /// Asks the database whether there is an account, until there is one; not more often than is good.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn look(&self) -> Result<bool, Error> {
        {
            let mut known = self.known();
            if known.any || known.looked_at.is_some_and(|at| at.elapsed() < PACE) {
                return Ok(known.any);
            }
            known.looked_at = Some(Instant::now());
        }
        let any = self.store.has_accounts().await?;
        self.known().any = any;
        Ok(any)
    }

    /// Looks again and again until there is an account.
    pub async fn keep_looking(&self) {
        // What cannot be read now is read at the next look.
        while !self.look().await.unwrap_or(false) {
            tokio::time::sleep(PACE).await;
        }
    }

    /// Whether there ever was an account, as far as is known: a service with accounts is open to nobody.
    pub fn has_accounts(&self) -> bool {
        self.known().any
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::from_store(&error)
    }
}
