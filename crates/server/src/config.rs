//! How the service is set up, and why it does not start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use seedtest_dashboard::{Config as DashboardConfig, Variables};
use seedtest_numerics::Budget;
use seedtest_pipeline::{Clock, Custom};
use seedtest_store::Retention;

use crate::environment::Environment;
use crate::jwt::Verifier;
use crate::patience::Patience;
use crate::routing::TokenScope;
use crate::tls::{Tls, TlsFiles};

/// How the service is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub binds: Vec<SocketAddr>,
    /// Tokens of the set-up, besides those of the database; none at all = open.
    pub tokens: Vec<Token>,
    /// Certificate and key of the listener; `None` = plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Whether to listen on public addresses without a token.
    pub insecure: bool,
    /// Signed tokens of the platform.
    pub jwt: Option<JwtConfig>,
    /// Whether a caller of the platform routes without credentials is a fixed person.
    pub local_dev: bool,
    /// The role of that person: `student`, `teacher`, `org_admin` or `admin`.
    pub local_role: String,
    /// The version that health reports.
    pub version: String,
    /// Prefix of the platform routes, `/api/seedtest`.
    pub api_prefix: String,
    /// Origins of browsers that may call; none = no cross-origin calls.
    pub cors_origins: Vec<String>,
    /// Names a service without a token may be called by, besides addresses and `localhost`.
    pub hosts: Vec<String>,
    /// What one caller and all callers together may ask for.
    pub limits: Limits,
    /// How much of what has ended stays in the ledger and the outbox.
    pub retention: Retention,
    /// Where reports are written.
    pub reports: Reports,
    /// The pages: sessions, who may see S, where browsers find them.
    pub dashboard: DashboardConfig,
    /// An identity provider where people sign in to the pages.
    pub oidc: Option<OidcConfig>,
    /// Environment variables that set up jobs, the same as on the command line.
    pub environment: Environment,
    /// The time.
    pub clock: Clock,
}

/// Where reports are written and how they are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reports {
    /// Directory, where no bucket is named: of each student one, in it one of each week and month.
    pub dir: PathBuf,
    /// Address under which that directory can be reached; `None` = reports get `file:` addresses.
    pub base_url: Option<String>,
    /// What the school puts in the place of what ships.
    pub custom: Arc<Custom>,
}

impl Default for Reports {
    fn default() -> Self {
        Self { dir: PathBuf::from("seedtest-data/reports"), base_url: None, custom: Arc::default() }
    }
}

/// A secret that opens routes of internal callers.
#[derive(Clone)]
pub struct Token {
    /// How its bearer is called in logs and in the ledger.
    pub name: String,
    /// The secret.
    pub secret: String,
    /// What it opens.
    pub scopes: Vec<TokenScope>,
}

impl Token {
    /// One that opens every route and sees every run.
    pub fn full(name: &str, secret: &str) -> Self {
        Self { name: name.into(), secret: secret.into(), scopes: TokenScope::ALL.into() }
    }

    /// One that opens every route; of runs it sees its own.
    pub fn of_service(name: &str, secret: &str) -> Self {
        let mut token = Self::full(name, secret);
        token.scopes.retain(|scope| *scope != TokenScope::Operator);
        token
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({})", self.name)
    }
}

/// How to check signed tokens.
#[derive(Debug, Clone, Default)]
pub struct JwtConfig {
    /// Public key in PEM.
    pub public_key: Option<String>,
    /// Where the public keys are published.
    pub jwks_url: Option<String>,
    /// Required issuer.
    pub issuer: Option<String>,
    /// Required audience.
    pub audience: Option<String>,
}

/// An OpenID provider, and how the service is known there.
#[derive(Clone)]
pub struct OidcConfig {
    /// Address of the provider, under which it says where its parts are.
    pub issuer: String,
    /// Name of the service there.
    pub client_id: String,
    /// Secret of the service there; `None` = it has none, and the code is proof enough (PKCE).
    pub client_secret: Option<String>,
    /// What the provider is called on the page where one signs in.
    pub name: String,
}

impl std::fmt::Debug for OidcConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OidcConfig({} at {})", self.client_id, self.issuer)
    }
}

/// What the routes of the platform stand under where nobody chose.
pub const API_PREFIX: &str = "/api/seedtest";

/// The role of a developer without credentials where nobody chose.
pub const LOCAL_ROLE: &str = "student";

/// Shorter tokens can be guessed.
const SHORTEST_TOKEN: usize = 16;

/// Environment variable that switches the analysis of exams off.
pub const ENABLE_ANALYSIS: &str = "ENABLE_ANALYSIS";

/// Environment variable with whom students turn to about their scores.
pub const CONTEST_CONTACT: &str = "SEEDTEST_CONTEST_CONTACT";

/// Limits on requests.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest body of a fit after unpacking, bytes.
    pub fit_body: usize,
    /// Largest body of any other request, bytes.
    pub body: usize,
    /// Bodies in memory at once, bytes.
    pub bodies_in_memory: usize,
    /// Time for the header of a request.
    pub header_time: Duration,
    /// Longest silence while a body arrives.
    pub body_silence: Duration,
    /// How slowly a body may arrive.
    pub arrival: Patience,
    /// How slowly answers may be taken.
    pub taking: Patience,
    /// Open connections.
    pub connections: usize,
    /// Open connections of one address (of one network of 64 bits, for IPv6).
    pub connections_of_address: usize,
    /// Fits at once.
    pub workers: usize,
    /// Fits that wait for a worker.
    pub queue: usize,
    /// Requests a second of one caller, in the long run; 0 = no limit.
    pub rate: f64,
    /// Requests of one caller at once, after a pause.
    pub burst: f64,
    /// Memory that one fit or prediction may take beyond its data, bytes.
    pub fit_memory: u64,
    /// Time for running fits to end when the service stops.
    pub grace: Duration,
    /// Seconds a fit may take where its request says nothing; a request may ask for less.
    pub max_seconds: f64,
    /// How long work whose result nobody wants any more may take to notice, before another thread takes its place.
    pub notice: Duration,
}

impl Limits {
    /// Largest body of a fit where nobody chose, MiB.
    pub const FIT_BODY_MIB: u32 = 128;
    /// Fits that wait where nobody chose.
    pub const QUEUE: usize = 64;
    /// Memory of one fit beyond its data where nobody chose, MiB.
    pub const FIT_MIB: u32 = 512;
    /// Fewer seconds say nothing of a fit: it can be over before the request is read.
    pub const LEAST_SECONDS: f64 = 0.1;
    /// Most seconds of a fit that can be chosen: a week.
    pub const MOST_SECONDS: f64 = 604_800.0;
    /// Seconds of a fit where nobody chose.
    pub const MAX_SECONDS: f64 = 3_600.0;
    /// Open connections where nobody chose.
    pub const CONNECTIONS: usize = 2_000;
    /// Open connections of one address where nobody chose.
    pub const CONNECTIONS_OF_ADDRESS: usize = 512;
    /// Requests a second where nobody chose.
    pub const RATE: f64 = 0.0;
    /// Seconds for running fits to end where nobody chose.
    pub const GRACE_SECONDS: u64 = 25;
}

impl Limits {
    /// What a piece of work may take.
    pub(crate) fn budget(&self) -> Budget {
        Budget::of_bytes(self.fit_memory)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fit_body: (Self::FIT_BODY_MIB as usize) << 20,
            body: 4 << 20,
            bodies_in_memory: 512 << 20,
            header_time: Duration::from_secs(20),
            body_silence: Duration::from_secs(10),
            arrival: Patience { at_first: Duration::from_secs(30), bytes_a_second: 64 << 10 },
            taking: Patience { at_first: Duration::from_secs(30), bytes_a_second: 16 << 10 },
            notice: Duration::from_millis(700),
            connections: Self::CONNECTIONS,
            connections_of_address: Self::CONNECTIONS_OF_ADDRESS,
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            queue: Self::QUEUE,
            rate: Self::RATE,
            burst: 0.0,
            fit_memory: u64::from(Self::FIT_MIB) << 20,
            grace: Duration::from_secs(Self::GRACE_SECONDS),
            max_seconds: Self::MAX_SECONDS,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            binds: vec![SocketAddr::from(([127, 0, 0, 1], 8000))],
            tokens: Vec::new(),
            tls: None,
            insecure: false,
            jwt: None,
            local_dev: false,
            local_role: LOCAL_ROLE.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            api_prefix: API_PREFIX.into(),
            cors_origins: Vec::new(),
            hosts: Vec::new(),
            limits: Limits::default(),
            retention: Retention::default(),
            reports: Reports::default(),
            dashboard: DashboardConfig::default(),
            oidc: None,
            environment: Environment::default(),
            // Replaced by the clock that the program starts with.
            #[allow(clippy::disallowed_methods)]
            clock: Clock::system(),
        }
    }
}

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A public address without a token.
    #[error("{addr} can be reached from outside, and no token is set")]
    OpenToAll {
        /// The address.
        addr: SocketAddr,
    },
    /// A public address with the platform routes open to everybody.
    #[error("{addr} can be reached from outside, and LOCAL_DEV lets everybody in")]
    DevOpenToAll {
        /// The address.
        addr: SocketAddr,
    },
    /// The address cannot be bound.
    #[error("cannot listen on {addr}: {source}")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// An environment variable does not read as what it must be.
    #[error(transparent)]
    Environment(#[from] seedtest_pipeline::Error),
    /// The tokens of the database cannot be read.
    #[error("the tokens of the database cannot be read: {0}")]
    Tokens(#[from] seedtest_store::Error),
    /// Pages that are open to everybody, on a public address.
    #[error("{addr} can be reached from outside, and --demo lets everybody in as an operator")]
    DemoOpenToAll {
        /// The address.
        addr: SocketAddr,
    },
    /// A setting does not read as what it must be.
    #[error("{name}: {reason}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl StartError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::OpenToAll { .. } => {
                "add one with `seedtest token add NAME --scopes read,fit`, set INTERNAL_TOKEN, bind 127.0.0.1, or say \
                 --insecure"
            }
            Self::DemoOpenToAll { .. } => {
                "bind 127.0.0.1, or make accounts with `seedtest account add` and leave --demo out"
            }
            Self::DevOpenToAll { .. } => "unset LOCAL_DEV, bind 127.0.0.1, or say --insecure",
            Self::Bind { .. } => "choose another port with --bind, or end the process that has it",
            Self::Tokens(_) => "is the database there, and was `seedtest migrate` run",
            Self::Environment(_) | Self::Setting { .. } => "correct it or leave it out",
        }
    }
}

impl Config {
    /// What somebody who starts the service should know of who can get in; `open` = there is no token,
    /// neither here nor in the database.
    pub(crate) fn doubts(&self, open: bool) -> Vec<&'static str> {
        let public = self.binds.iter().any(|addr| !addr.ip().is_loopback());
        let short = self.tokens.iter().any(|token| token.secret.len() < SHORTEST_TOKEN);
        let all = [
            (
                open,
                "no token is set: everybody who reaches this address may fit models, run jobs and read \
                 every student; add one with `seedtest token add NAME --scopes read,fit` or set INTERNAL_TOKEN",
            ),
            (
                self.dashboard.open,
                "--demo lets everybody who reaches this address in as an operator",
            ),
            (self.local_dev, "LOCAL_DEV lets everybody in as a person of the platform"),
            (short, "a token is shorter than 16 characters and can be guessed"),
            (
                public && self.tls.is_none(),
                "tokens and answers travel in the clear: use --tls-cert and --tls-key, or a proxy before the \
                 service that does TLS",
            ),
        ];
        all.into_iter().filter(|(holds, _)| *holds).map(|(_, doubt)| doubt).collect()
    }

    /// Everything that would keep a service of this set-up from starting, beside its database and its addresses.
    pub fn faults(&self) -> Vec<StartError> {
        // Published keys are fetched by a service that runs; their address was looked at where it was read.
        let given = self.jwt.as_ref().filter(|jwt| jwt.public_key.is_some());
        let checks = [
            self.check_developer(),
            self.check_demo(),
            self.check_provider(),
            self.tls.as_ref().map_or(Ok(()), |files| Tls::new(files).map(drop)),
            given.map_or(Ok(()), |jwt| Verifier::new(jwt).map(drop)),
            crate::app::check(self),
        ];
        checks.into_iter().filter_map(Result::err).collect()
    }

    /// Refuses platform routes that would be open to everybody by mistake.
    pub(crate) fn check_developer(&self) -> Result<(), StartError> {
        match self.exposed() {
            Some(addr) if self.local_dev => Err(StartError::DevOpenToAll { addr }),
            _ => Ok(()),
        }
    }

    /// Refuses pages that would be open to everybody who reaches the machine: there is no word for wanting that.
    pub(crate) fn check_demo(&self) -> Result<(), StartError> {
        let public = self.binds.iter().find(|addr| !addr.ip().is_loopback());
        match public {
            Some(&addr) if self.dashboard.open => Err(StartError::DemoOpenToAll { addr }),
            _ => Ok(()),
        }
    }

    /// Refuses a provider that would not know where to send browsers back to.
    pub(crate) fn check_provider(&self) -> Result<(), StartError> {
        if self.oidc.is_none() || self.dashboard.public_url.is_some() {
            return Ok(());
        }
        let reason = "an identity provider sends browsers back to --public-url".to_owned();
        Err(StartError::Setting { name: "OIDC_ISSUER", reason })
    }

    /// The pages as the rest of the set-up has them.
    pub(crate) fn pages(&self) -> DashboardConfig {
        let public_url = self.dashboard.public_url.as_deref();
        let environment = self.environment.clone();
        DashboardConfig {
            environment: Variables::new(move |name| environment.get(name)),
            secure: self.tls.is_some() || public_url.is_some_and(|url| url.starts_with("https://")),
            others_vouch: self.jwt.is_some() || self.oidc.is_some(),
            provider: self.oidc.as_ref().map(|provider| provider.name.clone()),
            custom: self.reports.custom.clone(),
            ..self.dashboard.clone()
        }
    }

    /// Refuses model routes that would be open to everybody by mistake; `open` as above.
    pub(crate) fn check_open(&self, open: bool) -> Result<(), StartError> {
        match self.exposed() {
            Some(addr) if open => Err(StartError::OpenToAll { addr }),
            _ => Ok(()),
        }
    }

    /// An address that can be reached from outside, where nobody said that it may be open.
    fn exposed(&self) -> Option<SocketAddr> {
        let public = self.binds.iter().find(|addr| !addr.ip().is_loopback());
        public.filter(|_| !self.insecure).copied()
    }
}
