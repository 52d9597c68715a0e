//! What every handler may touch.

use std::sync::{Arc, OnceLock};

use metrics_exporter_prometheus::PrometheusHandle;
use seedtest_dashboard::Dashboard;
use seedtest_pipeline::{Cancel, Configuration};
use seedtest_store::Store;
use tokio::runtime::Handle;

use crate::body::Budget;
use crate::cat::Banks;
use crate::config::{Config, StartError};
use crate::jwt::Verifier;
use crate::oidc::Provider;
use crate::openapi::Packed;
use crate::rate::RateLimit;
use crate::readiness::Readiness;
use crate::runs::Runs;
use crate::stored_metrics::LastLook;
use crate::tokens::Tokens;
use crate::workers::Workers;

/// What every handler may touch.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    /// How questions about students are answered.
    pub(crate) questions: Configuration,
    pub(crate) store: Store,
    pub(crate) workers: Workers,
    pub(crate) bodies: Budget,
    pub(crate) rate: RateLimit,
    /// What internal callers have to show.
    pub(crate) tokens: Tokens,
    /// Counts wrong tokens by address.
    pub(crate) wrong_tokens: RateLimit,
    /// Checks the tokens of the platform's users; `None` = there is no key to check them with.
    pub(crate) jwt: Option<Verifier>,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) last_look: LastLook,
    pub(crate) readiness: Readiness,
    pub(crate) runs: Runs,
    /// Where people sign in who have no password here.
    pub(crate) provider: Option<Provider>,
    /// The pages, with who is signed in there.
    pub(crate) dashboard: Arc<Dashboard>,
    /// Banks of adaptive tests.
    pub(crate) cat_banks: Banks,
    /// The description of the service, once it was asked for.
    pub(crate) description: OnceLock<Packed>,
    /// Set when the service is about to stop: what waits is left to the next one.
    pub(crate) leaving: Cancel,
    /// Set when running fits have to return what they have.
    pub(crate) stopping: Cancel,
}

/// Shared between all connections.
pub(crate) type Shared = Arc<App>;

impl App {
    /// What the set-up says; the tokens of the database are still to be read.
    pub(crate) fn new(
        config: Config,
        store: Store,
        metrics: PrometheusHandle,
    ) -> Result<Self, StartError> {
        let limits = config.limits;
        let questions = Configuration::read(|name| config.environment.get(name))?;
        let workers = Workers::start(&limits, &Handle::current());
        let workers = workers.map_err(|error| StartError::Setting {
            name: "--workers",
            reason: error.to_string(),
        })?;
        let dashboard = Dashboard::new(store.clone(), config.clock, questions, config.pages());
        let dashboard =
            dashboard.map_err(|reason| StartError::Setting { name: "dashboard", reason })?;
        Ok(Self {
            provider: config.oidc.as_ref().map(Provider::new).transpose()?,
            dashboard: Arc::new(dashboard),
            jwt: config.jwt.as_ref().map(Verifier::new).transpose()?,
            questions,
            workers,
            bodies: Budget::new(limits.bodies_in_memory),
            rate: RateLimit::new(limits.rate, limits.burst),
            tokens: Tokens::new(&config.tokens),
            wrong_tokens: RateLimit::of_wrong_tokens(),
            last_look: LastLook::default(),
            readiness: Readiness::default(),
            runs: Runs::default(),
            cat_banks: Banks::default(),
            description: OnceLock::new(),
            leaving: Cancel::default(),
            stopping: Cancel::default(),
            config,
            store,
            metrics,
        })
    }
    /// Whether nobody has to say who they are: nobody ever set a token, and there are no accounts.
    pub(crate) fn is_open(&self) -> bool {
        self.tokens.are_none() && !self.dashboard.has_accounts()
    }
}
