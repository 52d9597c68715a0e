use std::ffi::OsString;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use seedtest_server::{Config, Environment, JwtConfig, Limits, Reports, Server, StartError, Token};
use tracing_subscriber::EnvFilter;

use crate::cli::{Global, LogChoice, ServeArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

/// Environment variables that hold a token; any of them opens every model route.
const TOKENS: [&str; 9] = [
    "R_IRT_INTERNAL_TOKEN",
    "R_GLMM_INTERNAL_TOKEN",
    "R_PLUMBER_INTERNAL_TOKEN",
    "INTERNAL_TOKEN",
    "R_BRMS_INTERNAL_TOKEN",
    "R_FORECAST_INTERNAL_TOKEN",
    "R_CLUSTER_INTERNAL_TOKEN",
    "R_ANALYTICS_INTERNAL_TOKEN",
    "R_ANALYTICS_TOKEN",
];

pub(crate) async fn run(
    args: &ServeArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    start_log(global)?;
    let config = config(args, global)?;
    let store = session::open(global).await?;
    session::with(store, async |store| {
        let server = Server::bind(config, store.clone()).await?;
        for addr in server.addrs() {
            output.line(&format!("listening on http://{addr}"))?;
        }
        server.run(session::stop_signal()).await;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Requests, writes and faults on standard error.
fn start_log(global: &Global) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new(if global.quiet { "warn,seedtest::audit=info" } else { "info" })
    });
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match global.log {
        LogChoice::Json => log.json().flatten_event(true).try_init(),
        LogChoice::Text => log.try_init(),
    };
    started.map_err(|error| Failure::new(format!("cannot start the log: {error}"), None))
}

fn config(args: &ServeArgs, global: &Global) -> Result<Config, Failure> {
    let limits = Limits::default();
    let workers = if args.workers == 0 { limits.workers } else { args.workers };
    Ok(Config {
        binds: binds(args)?,
        tokens: tokens(),
        insecure: args.insecure,
        jwt: jwt(),
        local_dev: environment("LOCAL_DEV").is_some_and(|v| v.eq_ignore_ascii_case("true")),
        api_prefix: environment("API_PREFIX").unwrap_or_else(|| "/api/seedtest".into()),
        cors_origins: args.cors_origin.clone(),
        limits: Limits {
            fit_body: (args.max_body_mib as usize) << 20,
            bodies_in_memory: limits.bodies_in_memory.max((args.max_body_mib as usize) << 22),
            workers,
            queue: args.queue,
            rate: args.rate_limit,
            burst: args.burst.unwrap_or(args.rate_limit * 10.0),
            grace: Duration::from_secs(args.grace),
            ..limits
        },
        reports: Reports {
            dir: environment("REPORT_OUTPUT_DIR")
                .map_or_else(|| global.data_dir.join("reports"), PathBuf::from),
            base_url: environment("REPORT_BASE_URL"),
        },
        environment: variables(),
        clock: session::clock()?,
    })
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|text| text.trim().to_string()).filter(|text| !text.is_empty())
}

/// Variables that are no text set nothing.
fn variables() -> Environment {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

fn tokens() -> Vec<Token> {
    let token = |name: &str| Some(Token { name: name.to_string(), secret: environment(name)? });
    TOKENS.into_iter().filter_map(token).collect()
}

fn jwt() -> Option<JwtConfig> {
    let public_key = environment("JWT_PUBLIC_KEY");
    let jwks_url = environment("JWT_JWKS_URL").or_else(|| environment("JWKS_URL"));
    if public_key.is_none() && jwks_url.is_none() {
        return None;
    }
    let (issuer, audience) = (environment("JWT_ISS"), environment("JWT_AUD"));
    Some(JwtConfig { public_key, jwks_url, issuer, audience })
}

fn binds(args: &ServeArgs) -> Result<Vec<SocketAddr>, Failure> {
    let mut given = args.bind.clone();
    if given.is_empty() {
        match environment("PORT") {
            Some(ports) => given.extend(ports.split(',').map(|port| format!(":{}", port.trim()))),
            None => given.push("127.0.0.1:8000".to_string()),
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
