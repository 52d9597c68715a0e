//! A service that speaks like S3 and checks signatures: s3s over a directory, which nobody here wrote.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

/// A running service over a directory; it stops when it is dropped.
pub struct S3Server {
    address: SocketAddr,
    root: PathBuf,
    keys: (String, String),
    puts: Arc<AtomicUsize>,
    life: Option<Life>,
}

struct Life {
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl S3Server {
    /// Starts a service with one bucket on a free port of 127.0.0.1; only requests signed with the secret
    /// of the key are answered.
    ///
    /// # Errors
    /// When the directory cannot be written or there is no port.
    pub fn start(root: &Path, bucket: &str, key: &str, secret: &str) -> io::Result<Self> {
        fs::create_dir_all(root.join(bucket))?;
        let mut server = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            root: root.to_owned(),
            keys: (key.to_owned(), secret.to_owned()),
            puts: Arc::default(),
            life: None,
        };
        server.begin(usize::MAX)?;
        Ok(server)
    }

    /// Address to call it by.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Objects that were put, over all its lives.
    pub fn puts(&self) -> usize {
        self.puts.load(Ordering::SeqCst)
    }

    /// Stops it, and lets it live again on the same port until so many more objects were put: then it dies
    /// with every connection, before the last put is answered.
    ///
    /// # Errors
    /// When the port is gone.
    pub fn live_for(&mut self, puts: usize) -> io::Result<()> {
        self.stop();
        self.begin(self.puts().saturating_add(puts))
    }

    /// Stops it with every connection.
    pub fn stop(&mut self) {
        if let Some(life) = self.life.take() {
            // It may have died.
            let _ = life.stop.send(true);
            let _ = life.thread.join();
        }
    }

    fn begin(&mut self, last: usize) -> io::Result<()> {
        let listener = std::net::TcpListener::bind(self.address)?;
        listener.set_nonblocking(true)?;
        self.address = listener.local_addr()?;
        let files =
            FileSystem::new(&self.root).map_err(|error| io::Error::other(format!("{error:?}")))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(self.keys.0.clone(), self.keys.1.clone()));
        let (stop, stopped) = watch::channel(false);
        let served = Served {
            service: builder.build(),
            puts: self.puts.clone(),
            one: Arc::default(),
            last,
            die: stop.clone(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::spawn(move || runtime.block_on(serve(listener, served, stopped)));
        self.life = Some(Life { stop, thread });
        Ok(())
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.stop();
    }
}

#[derive(Clone)]
struct Served {
    service: S3Service,
    puts: Arc<AtomicUsize>,
    /// One put at a time: none is stored beside the last.
    one: Arc<Mutex<()>>,
    /// The put with which it dies.
    last: usize,
    die: watch::Sender<bool>,
}

async fn serve(
    listener: std::net::TcpListener,
    served: Served,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        let Ok((socket, _)) = accepted else { continue };
        let served = served.clone();
        connections.spawn(async move {
            let answer =
                service_fn(move |request: Request<Incoming>| answer(served.clone(), request));
            // Whoever broke off knows.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(socket), answer)
                .await;
        });
    }
    connections.shutdown().await;
}

async fn answer(
    served: Served,
    request: Request<Incoming>,
) -> Result<s3s::HttpResponse, s3s::HttpError> {
    let is_put = request.method() == Method::PUT;
    let _one = if is_put { Some(served.one.lock().await) } else { None };
    let response = served.service.call(request.map(s3s::Body::from)).await?;
    if is_put && response.status().is_success() {
        let put = served.puts.fetch_add(1, Ordering::SeqCst) + 1;
        if put >= served.last {
            // The receiver lives as long as the service.
            let _ = served.die.send(true);
            std::future::pending::<()>().await;
        }
    }
    Ok(response)
}
