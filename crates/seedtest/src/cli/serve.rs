//! Flags of `seedtest serve`.

use std::path::PathBuf;

use clap::Args;
use seedtest_dashboard::Config as Pages;
use seedtest_pipeline::RiskReaders;
use seedtest_server::Limits;
use seedtest_store::Retention;

use super::values::{address, number, risk_readers, web, whole};

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags of their own
pub(crate) struct ServeArgs {
    /// Run the rounds and jobs at their times, too, as `seedtest schedule` does
    #[arg(long)]
    pub(crate) with_scheduler: bool,
    /// Where to listen: HOST:PORT, or :PORT for every address of this machine; may be repeated
    /// [default: 127.0.0.1:8000, or :$PORT where PORT is set]
    #[arg(long, value_parser = address, value_name = "ADDR")]
    pub(crate) bind: Vec<String>,
    /// Certificate chain in PEM, for TLS; read again when it changes
    #[arg(long, env = "TLS_CERT_FILE", requires = "tls_key", value_name = "FILE")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key of the certificate in PEM
    #[arg(long, env = "TLS_KEY_FILE", requires = "tls_cert", value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Listen on public addresses without a token
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Fits at once; 0 = one per core
    #[arg(long, default_value_t = 0, value_parser = whole(0..=1024_usize), value_name = "N")]
    pub(crate) workers: usize,
    /// Fits that wait for a worker before others are told to come back later
    #[arg(long, default_value_t = Limits::QUEUE, value_parser = whole(0..=1_000_000_usize), value_name = "N")]
    pub(crate) queue: usize,
    /// Largest request for a fit after unpacking, MiB
    #[arg(long, default_value_t = Limits::FIT_BODY_MIB, value_parser = whole(1..=4096_u32), value_name = "N")]
    pub(crate) max_body_mib: u32,
    /// Memory one fit or prediction may take beyond its data, MiB; larger ones are refused before they begin
    #[arg(long, default_value_t = Limits::FIT_MIB, env = "SEEDTEST_MAX_FIT_MIB", value_parser = whole(1..=16_777_216_u32), value_name = "N")]
    pub(crate) max_fit_mib: u32,
    /// Seconds a fit may take where its request names no max_seconds; a request may ask for less
    #[arg(long, default_value_t = Limits::MAX_SECONDS, env = "SEEDTEST_MAX_SECONDS", value_parser = number(Limits::LEAST_SECONDS..=Limits::MOST_SECONDS), value_name = "X")]
    pub(crate) max_seconds: f64,
    /// Requests a second of one token (of one address where no token is set); 0 = no limit
    #[arg(long, default_value_t = Limits::RATE, value_parser = number(0.0..=1e9), value_name = "X")]
    pub(crate) rate_limit: f64,
    /// Requests of one token at once after a pause [default: ten seconds' worth]
    #[arg(long, value_parser = number(1.0..=1e9), value_name = "N")]
    pub(crate) burst: Option<f64>,
    /// Web page origins that may call from a browser; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) cors_origin: Vec<String>,
    /// Names by which a service without a token may be called, besides addresses and localhost; may be
    /// repeated
    #[arg(long, value_name = "HOST")]
    pub(crate) allow_host: Vec<String>,
    /// Open connections; others get a 503 that says when to come back
    #[arg(long, default_value_t = Limits::CONNECTIONS, value_parser = whole(1..=1_000_000_usize), value_name = "N")]
    pub(crate) max_connections: usize,
    /// Open connections of one address; a proxy before the service is one address
    #[arg(long, default_value_t = Limits::CONNECTIONS_OF_ADDRESS, value_parser = whole(1..=1_000_000_usize), value_name = "N")]
    pub(crate) max_connections_of_address: usize,
    /// Address under which browsers reach the pages, as https://seedtest.school.example: for links of invitations, for
    /// identity providers, and cookies are sent over TLS only where it is one of https
    #[arg(long, env = "SEEDTEST_PUBLIC_URL", value_parser = web, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Roles that see S, how likely students are to fall silent, on the pages: some of student, guardian, teacher,
    /// school, operator, or none [default: teacher,school,operator]
    #[arg(long, env = "SEEDTEST_RISK_READERS", value_parser = risk_readers, value_name = "ROLE,…")]
    pub(crate) risk_readers: Option<RiskReaders>,
    /// Minutes after which somebody who was not seen has to sign in again
    #[arg(long, default_value_t = Pages::IDLE_MINUTES, value_parser = whole(1..=10_080_u32), value_name = "N")]
    pub(crate) session_idle: u32,
    /// Hours after which somebody has to sign in again whatever they do
    #[arg(long, default_value_t = Pages::LONGEST_HOURS, value_parser = whole(1..=720_u32), value_name = "N")]
    pub(crate) session_hours: u32,
    /// No pages, whoever could sign in
    #[arg(long)]
    pub(crate) no_dashboard: bool,
    /// Pages without signing in: whoever reaches this address is an operator; refused on public addresses
    #[arg(long, conflicts_with = "no_dashboard")]
    pub(crate) demo: bool,
    /// Seconds for running requests to end when the service is told to stop
    #[arg(long, default_value_t = Limits::GRACE_SECONDS, value_parser = whole(0..=86_400_u64), value_name = "N")]
    pub(crate) grace: u64,
    /// How much is kept of the requests, the models and the results of runs, MiB each; the oldest go first
    #[arg(long, default_value_t = Retention::default().bytes >> 20, value_parser = whole(0..=1_073_741_824_u64), value_name = "N")]
    pub(crate) keep_mib: u64,
}
