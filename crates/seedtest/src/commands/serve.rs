//! `seedtest serve`: flags and environment into the configuration of the service.

use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use seedtest_dashboard::Config as Pages;
use seedtest_pipeline::customised;
use seedtest_server::{
    Config, JwtConfig, Limits, OidcConfig, Reports, Server, StartError, TlsFiles, Token,
};
use seedtest_store::Retention;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::schedule::{self, Beside};
use crate::cli::{Global, LogChoice, ServeArgs};
use crate::environment;
use crate::failure::Failure;
use crate::log_lines::{json_lines, text_lines};
use crate::output::Output;
use crate::session;
use crate::settings;

/// Where the service listens unless it is told otherwise.
pub(super) const USUAL_ADDRESS: &str = "127.0.0.1:8000";

pub(crate) async fn run(
    args: &ServeArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    start_log(global)?;
    let config = config(args, global)?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let store = session::open_or_create(global).await?;
    session::with(store, async |store| {
        let server = Server::bind(config, store.clone()).await?;
        for addr in server.addrs() {
            output.line(&format!("listening on {scheme}://{addr}"))?;
        }
        let scheduler = args.with_scheduler.then(|| schedule::beside(store, global)).transpose()?;
        server.run(session::stop_signal()).await;
        scheduler.map_or(Ok(()), Beside::end)?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Requests, writes and faults on standard error; `RUST_LOG` says which, as `TARGET=LEVEL,…`.
fn start_log(global: &Global) -> Result<(), Failure> {
    let usual = if global.quiet { "warn,seedtest::audit=info" } else { "info" };
    let asked = environment::RUST_LOG.text().and_then(|text| text.parse().ok());
    let filter: Targets = asked.or_else(|| usual.parse().ok()).unwrap_or_default();
    let lines = || tracing_subscriber::fmt::layer().with_ansi(false);
    let log = tracing_subscriber::registry().with(filter);
    let started = match global.log {
        LogChoice::Json => {
            log.with(lines().json().flatten_event(true).with_writer(json_lines)).try_init()
        }
        LogChoice::Text => log.with(lines().with_writer(text_lines)).try_init(),
    };
    started.map_err(|error| Failure::new(format!("cannot start the log: {error}"), None))
}

/// The service as flags and variables set it up.
pub(super) fn config(args: &ServeArgs, global: &Global) -> Result<Config, Failure> {
    let limits = Limits::default();
    let workers = if args.workers == 0 { limits.workers } else { args.workers };
    Ok(Config {
        binds: binds(args)?,
        tokens: tokens(),
        tls: tls(args),
        insecure: args.insecure,
        jwt: jwt(),
        local_dev: environment::LOCAL_DEV.is_true(),
        local_role: environment::LOCAL_DEV_ROLE
            .text()
            .unwrap_or_else(|| environment::LOCAL_DEV_ROLE.default.into()),
        version: environment::REPORTED_VERSION
            .text()
            .unwrap_or_else(|| environment::REPORTED_VERSION.default.into()),
        api_prefix: environment::API_PREFIX
            .text()
            .unwrap_or_else(|| environment::API_PREFIX.default.into()),
        cors_origins: args.cors_origin.clone(),
        hosts: args.allow_host.clone(),
        limits: Limits {
            fit_body: (args.max_body_mib as usize) << 20,
            bodies_in_memory: limits.bodies_in_memory.max((args.max_body_mib as usize) << 22),
            max_seconds: args.max_seconds,
            fit_memory: u64::from(args.max_fit_mib) << 20,
            workers,
            queue: args.queue,
            connections: args.max_connections,
            connections_of_address: args.max_connections_of_address,
            rate: args.rate_limit,
            burst: args.burst.unwrap_or(args.rate_limit * 10.0),
            grace: Duration::from_secs(args.grace),
            ..limits
        },
        retention: Retention {
            bytes: args.keep_mib.saturating_mul(1 << 20),
            ..Retention::default()
        },
        reports: Reports {
            dir: environment::REPORT_OUTPUT_DIR
                .path()
                .unwrap_or_else(|| global.data_dir.join("reports")),
            base_url: environment::REPORT_BASE_URL.text(),
            custom: Arc::new(
                customised(environment::REPORT_CUSTOMISE.path().as_deref())
                    .map_err(seedtest_pipeline::Error::from)?,
            ),
        },
        dashboard: dashboard(args, global),
        oidc: oidc()?,
        environment: settings::all().into_iter().collect(),
        clock: session::clock()?,
    })
}

/// The pages; what follows from the rest of the set-up is added where they are made.
fn dashboard(args: &ServeArgs, global: &Global) -> Pages {
    Pages {
        uploads: global.data_dir.join("uploads"),
        public_url: args.public_url.clone().filter(|url| !url.is_empty()),
        idle: TimeDelta::minutes(i64::from(args.session_idle)),
        longest: TimeDelta::hours(i64::from(args.session_hours)),
        risk_readers: args.risk_readers.clone().unwrap_or_default(),
        off: args.no_dashboard,
        open: args.demo,
        ..Pages::default()
    }
}

fn oidc() -> Result<Option<OidcConfig>, Failure> {
    let Some(issuer) = environment::OIDC_ISSUER.text() else { return Ok(None) };
    let client_id = environment::OIDC_CLIENT_ID.text().ok_or_else(|| {
        let hint = "OIDC_CLIENT_ID is the name under which the provider knows this service";
        Failure::usage("OIDC_ISSUER without OIDC_CLIENT_ID", hint)
    })?;
    let name = environment::OIDC_NAME.text();
    Ok(Some(OidcConfig {
        name: name.unwrap_or_else(|| environment::OIDC_NAME.default.into()),
        client_secret: environment::OIDC_CLIENT_SECRET.text(),
        client_id,
        issuer,
    }))
}

fn tls(args: &ServeArgs) -> Option<TlsFiles> {
    let certificates = args.tls_cert.clone()?;
    Some(TlsFiles { certificates, key: args.tls_key.clone()? })
}

/// The token of the operator; the others are those of services.
const OPERATOR: &str = "INTERNAL_TOKEN";

fn tokens() -> Vec<Token> {
    let token = |(name, secret): (&str, String)| {
        let of = if name == OPERATOR { Token::full } else { Token::of_service };
        of(name, &secret)
    };
    environment::TOKENS.each().map(token).collect()
}

fn jwt() -> Option<JwtConfig> {
    let public_key = environment::JWT_PUBLIC_KEY.text();
    let jwks_url = environment::JWT_JWKS_URL.text();
    if public_key.is_none() && jwks_url.is_none() {
        return None;
    }
    let (issuer, audience) = (environment::JWT_ISS.text(), environment::JWT_AUD.text());
    Some(JwtConfig { public_key, jwks_url, issuer, audience })
}

fn binds(args: &ServeArgs) -> Result<Vec<SocketAddr>, Failure> {
    let mut given = args.bind.clone();
    // A variable comes before the configuration file.
    let in_file = settings::of_file("serve.bind");
    if given == in_file && (given.is_empty() || settings::variable("PORT").is_some()) {
        given.clear();
        match environment::PORT.text() {
            Some(ports) => given.extend(ports.split(',').map(|port| format!(":{}", port.trim()))),
            None => given.push(USUAL_ADDRESS.to_string()),
        }
    }
    let mut addrs = Vec::new();
    for text in &given {
        let full = match text.strip_prefix(':') {
            Some(port) => format!("0.0.0.0:{port}"),
            None => text.clone(),
        };
        let resolved = full.to_socket_addrs().map_err(|error| {
            let hint = "write HOST:PORT, for example 127.0.0.1:8000, or :8000";
            Failure::usage(format!("--bind {text}: {error}"), hint)
        })?;
        addrs.extend(resolved);
    }
    addrs.dedup();
    Ok(addrs)
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let hint = error.hint();
        match error {
            StartError::Bind { .. } => Self::new(error.to_string(), Some(hint.to_string())),
            _ => Self::usage(error.to_string(), hint),
        }
    }
}
