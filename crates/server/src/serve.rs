//! Listening, connections, and the way out.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use seedtest_store::{JobLock, Store};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::app::router;
use crate::config::{Config, Limits, StartError};
use crate::events::Draining;
use crate::lost_fits::settle;
use crate::metric_names::describe;
use crate::peer::Peer;
use crate::state::{App, Shared};
use crate::tokens::Tokens;

/// Time for fits that were told to stop to hand back what they have.
const HAND_BACK: Duration = Duration::from_secs(4);
/// Most headers of a request.
const MAX_HEADERS: usize = 100;
/// Most bytes of a request's header.
const MAX_HEADER_BYTES: usize = 64 << 10;
const UPKEEP: Duration = Duration::from_secs(15);

/// A service that listens and does not yet answer.
pub struct Server {
    app: Shared,
    router: Router,
    listeners: Vec<TcpListener>,
    /// Says to other services of the database that this one is there.
    _alone: Option<JobLock>,
}

impl Server {
    /// Checks the set-up and binds every address.
    pub async fn bind(config: Config, store: Store) -> Result<Self, StartError> {
        let tokens = Tokens::new(&config.tokens);
        tokens.read(&store).await?;
        config.check(tokens.are_none())?;
        let mut listeners = Vec::new();
        for &addr in &config.binds {
            let listener = TcpListener::bind(addr).await;
            listeners.push(listener.map_err(|source| StartError::Bind { addr, source })?);
        }
        let app = Arc::new(App::new(config, store, tokens, recorder()?)?);
        let alone = settle(&app.store, &app.config.limits, app.config.clock.now()).await;
        Ok(Self { router: router(&app)?, app, listeners, _alone: alone })
    }

    /// The addresses in use, with the ports the system chose.
    pub fn addrs(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// The routes, for callers in this process; nothing has to listen.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Answers requests until `stop` is done; then lets running requests and runs in the background end.
    /// Fits that take longer than the time of grace return what they have, and those that still wait for
    /// a worker are cancelled.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { app, router, listeners, _alone } = self;
        let limits = app.config.limits;
        let graceful = Arc::new(GracefulShutdown::new());
        let open = Arc::new(Semaphore::new(limits.connections));
        let (stopping, stopped) = watch::channel(false);
        let mut accepting = JoinSet::new();
        for listener in listeners {
            let accept = Accept {
                router: router.clone(),
                graceful: graceful.clone(),
                open: open.clone(),
                limits,
            };
            accepting.spawn(accept.run(listener, stopped.clone()));
        }
        let upkeep = tokio::spawn(keep_metrics(app.metrics.clone()));
        let of_tokens = app.clone();
        let tokens =
            tokio::spawn(async move { of_tokens.tokens.keep_reading(&of_tokens.store).await });
        let draining = Draining::start(&app);
        stop.await;
        tracing::info!("stopping: no new connections, running requests end");
        let _ = stopping.send(true);
        while accepting.join_next().await.is_some() {}
        // The loops, which held the other handles, have ended.
        let Some(graceful) = Arc::into_inner(graceful) else { return };
        let ended = async {
            graceful.shutdown().await;
            app.runs.all_ended().await;
        };
        tokio::pin!(ended);
        if tokio::time::timeout(limits.grace, &mut ended).await.is_err() {
            app.stopping.cancel();
            tracing::warn!("fits still run; they return what they have");
            let _ = tokio::time::timeout(HAND_BACK, &mut ended).await;
        }
        upkeep.abort();
        tokens.abort();
        draining.stop(HAND_BACK).await;
    }
}

/// The recorder of the process: metrics are global.
fn recorder() -> Result<PrometheusHandle, StartError> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let failed = |error: &dyn std::fmt::Display| StartError::Setting {
        name: "metrics",
        reason: error.to_string(),
    };
    let request = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
    let fit = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0];
    let duration = Matcher::Full("http_request_duration_seconds".into());
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(duration, &request)
        .and_then(|b| b.set_buckets_for_metric(Matcher::Full("seedtest_fit_seconds".into()), &fit))
        .map_err(|error| failed(&error))?
        .install_recorder()
        .map_err(|error| failed(&error))?;
    describe();
    Ok(HANDLE.get_or_init(|| handle).clone())
}

async fn keep_metrics(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        metrics.run_upkeep();
    }
}

/// What the loop of one address needs.
struct Accept {
    router: Router,
    graceful: Arc<GracefulShutdown>,
    open: Arc<Semaphore>,
    limits: Limits,
}

impl Accept {
    async fn run(self, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
        loop {
            let Ok(place) = self.open.clone().acquire_owned().await else { return };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopped.changed() => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let connection = self.connection(stream, peer);
                    tokio::spawn(async move {
                        connection.await;
                        drop(place);
                    });
                }
                Err(error) => {
                    // Out of file descriptors: connections that end make room.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> impl Future<Output = ()> + Send + 'static {
        let router = self.router.clone();
        let peer = Peer(Some(peer.ip()));
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            router.clone().oneshot(request)
        });
        // Answers are small and wanted at once.
        let _ = stream.set_nodelay(true);
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_time)
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let connection = self.graceful.watch(connection);
        async move {
            // A caller that goes away in the middle is no event worth a line.
            let _ = connection.await;
        }
    }
}
