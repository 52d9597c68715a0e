//! How the pages are set up.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use seedtest_pipeline::{Custom, Lang, RiskReaders};

/// How the pages are set up.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // switches that have nothing to do with each other
pub struct Config {
    /// Address under which browsers reach the service, as `https://seedtest.school.example`; `None` = whatever they
    /// call it by.
    pub public_url: Option<String>,
    /// Whether browsers come over TLS; cookies are then sent over nothing else.
    pub secure: bool,
    /// A session ends when nobody was seen in it for so long.
    pub idle: TimeDelta,
    /// A session ends after so long whatever happens in it.
    pub longest: TimeDelta,
    /// For how long an invitation works.
    pub invitation: TimeDelta,
    /// Who may see S.
    pub risk_readers: RiskReaders,
    /// Whether there are none.
    pub off: bool,
    /// Whether everybody who reaches the service is an operator without signing in: for demonstrations on one machine.
    pub open: bool,
    /// Whether tokens of a platform, or an identity provider, say who people are, besides accounts.
    pub others_vouch: bool,
    /// What the identity provider is called on the page where one signs in; `None` = there is none.
    pub provider: Option<String>,
    /// Language of who asks for none.
    pub lang: Lang,
    /// Name, logo and colours of the school.
    pub custom: Arc<Custom>,
    /// Where files wait that were sent to be imported. They hold personal data.
    pub uploads: PathBuf,
    /// Environment variables that set up jobs.
    pub environment: Variables,
}

/// Environment variables by name.
#[derive(Clone)]
#[allow(clippy::type_complexity)] // named by this
pub struct Variables(Arc<dyn Fn(&str) -> Option<String> + Send + Sync>);

impl Variables {
    /// Those that a function gives.
    pub fn new(of: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(of))
    }

    /// The value of one.
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name)
    }
}

impl Default for Variables {
    fn default() -> Self {
        Self::new(|_| None)
    }
}

impl std::fmt::Debug for Variables {
    /// Without values: there are secrets among them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Variables")
    }
}

impl Config {
    /// Minutes without a sign of somebody where nobody chose.
    pub const IDLE_MINUTES: u32 = 120;
    /// Hours of a session where nobody chose.
    pub const LONGEST_HOURS: u32 = 12;
    /// Days of an invitation where nobody chose.
    pub const INVITATION_DAYS: u32 = 7;
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: None,
            secure: false,
            idle: TimeDelta::minutes(i64::from(Self::IDLE_MINUTES)),
            longest: TimeDelta::hours(i64::from(Self::LONGEST_HOURS)),
            invitation: TimeDelta::days(i64::from(Self::INVITATION_DAYS)),
            risk_readers: RiskReaders::default(),
            off: false,
            open: false,
            others_vouch: false,
            provider: None,
            lang: Lang::default(),
            custom: Arc::default(),
            uploads: PathBuf::from("seedtest-data/uploads"),
            environment: Variables::default(),
        }
    }
}
