//! Listening, connections, and the way out.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use seedtest_store::Store;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::app::router;
use crate::config::{Config, Limits, StartError};
use crate::doors::Doors;
use crate::events::Draining;
use crate::ledger::{keep_ledger, leave_ledger};
use crate::metric_names::describe;
use crate::open_files::files_for;
use crate::patience::Patient;
use crate::peer::Peer;
use crate::state::{App, Shared};
use crate::tls::Tls;

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
    tls: Option<Arc<Tls>>,
}

impl Server {
    /// Checks the set-up, reads the tokens of the database and binds every address. The set-up comes first:
    /// what is wrong with it can be told without a database.
    ///
    /// # Errors
    /// [`StartError::Tokens`] where the tokens cannot be read, as without a schema: a service that does not
    /// know whether there are any would be open.
    pub async fn bind(config: Config, store: Store) -> Result<Self, StartError> {
        config.check_developer()?;
        config.check_demo()?;
        config.check_provider()?;
        let tls = config.tls.as_ref().map(Tls::new).transpose()?;
        let app = Arc::new(App::new(config, store, recorder()?)?);
        let router = router(&app)?;
        app.tokens.read(&app.store).await?;
        app.dashboard.look().await?;
        let open = app.is_open();
        app.config.check_open(open)?;
        for doubt in app.config.doubts(open) {
            tracing::warn!("{doubt}");
        }
        let mut listeners = Vec::new();
        for &addr in &app.config.binds {
            let listener = TcpListener::bind(addr).await;
            listeners.push(listener.map_err(|source| StartError::Bind { addr, source })?);
        }
        Ok(Self { app, router, listeners, tls })
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
    /// Fits that take longer than the time of grace return what they have. Runs that wait stay queued for
    /// the next service; those that did not end are closed as interrupted.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { app, router, listeners, tls } = self;
        let limits = app.config.limits;
        let graceful = Arc::new(GracefulShutdown::new());
        let most = files_for(limits.connections);
        let doors = Arc::new(Doors::new(most, limits.connections_of_address));
        let (stopping, stopped) = watch::channel(false);
        let mut accepting = JoinSet::new();
        for listener in listeners {
            let accept = Accept {
                router: router.clone(),
                graceful: graceful.clone(),
                doors: doors.clone(),
                tls: tls.clone(),
                limits,
            };
            accepting.spawn(accept.run(listener, stopped.clone()));
        }
        let renewal = tls.map(|tls| tokio::spawn(tls.keep_fresh()));
        let upkeep = tokio::spawn(keep_metrics(app.metrics.clone()));
        let of_tokens = app.clone();
        let tokens =
            tokio::spawn(async move { of_tokens.tokens.keep_reading(&of_tokens.store).await });
        let of_pages = app.clone();
        let looking = tokio::spawn(async move { of_pages.dashboard.keep_looking().await });
        let keeping = tokio::spawn(keep_ledger(app.clone()));
        let draining = Draining::start(&app);
        stop.await;
        app.readiness.leaving.cancel();
        app.leaving.cancel();
        tracing::info!("stopping: no new connections, running requests end");
        let _ = stopping.send(true);
        while accepting.join_next().await.is_some() {}
        // The loops, which held the other handles, have ended.
        let Some(graceful) = Arc::into_inner(graceful) else { return };
        let ended = async {
            tokio::join!(graceful.shutdown(), app.runs.begun_ended(), draining.ended());
        };
        tokio::pin!(ended);
        if tokio::time::timeout(limits.grace, &mut ended).await.is_err() {
            app.stopping.cancel();
            tracing::warn!("fits still run; they return what they have");
            let _ = tokio::time::timeout(HAND_BACK, &mut ended).await;
        }
        upkeep.abort();
        tokens.abort();
        looking.abort();
        if let Some(renewal) = renewal {
            renewal.abort();
        }
        keeping.abort();
        leave_ledger(&app).await;
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
    doors: Arc<Doors>,
    tls: Option<Arc<Tls>>,
    limits: Limits,
}

impl Accept {
    async fn run(self, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopped.changed() => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let Some(place) = self.doors.enter(peer.ip()) else {
                        // Who speaks TLS would not understand.
                        if self.tls.is_none() {
                            self.doors.refuse(stream);
                        }
                        continue;
                    };
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
        let watcher = self.graceful.watcher();
        let (limits, tls) = (self.limits, self.tls.clone());
        async move {
            let Some(tls) = tls else {
                return serve(stream, service, &limits, watcher).await;
            };
            let agreed = tls.acceptor().accept(Patient::new(stream, limits.taking));
            // Who cannot agree in the time of a header is no event worth a line either.
            if let Ok(Ok(stream)) = tokio::time::timeout(limits.header_time, agreed).await {
                serve(stream, service, &limits, watcher).await;
            }
        }
    }
}

/// Answers the requests of one connection.
async fn serve<S, R>(stream: S, service: R, limits: &Limits, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    R: HttpService<Incoming, ResBody = Body>,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(Patient::new(stream, limits.taking)), service);
    // A caller that goes away in the middle is no event worth a line.
    let _ = watcher.watch(connection).await;
}
