//! Serves the files of a folder by HTTPS, and hands what is below a path on to another server.
//!
//! An ordinary program by tokio, hyper and rustls, as one writes it for Linux: `cargo run -p https` is one. The files are part of the image;
//! certificate and key are on a disk, so that an image has no secrets. The power button ends it when all answers are given.
#![forbid(unsafe_code)]
#![allow(clippy::too_many_arguments)] // each boot argument is a parameter of `main`

mod identity;
mod proxy;
mod site;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HOST, LOCATION};
use hyper::http::uri::Authority;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use proxy::Proxy;
use rustls::ServerConfig;
use site::{Site, reason, with};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use unikernel_rt::unikernel;

/// From another server, or from this one.
type Body = Either<Incoming, Full<Bytes>>;

/// How long connections have to end after the power button was pressed.
const GRACE: Duration = Duration::from_secs(10);

struct Service {
    acceptor: TlsAcceptor,
    port: u16,
    patience: Duration,
    site: Site,
    /// The other server, and the beginning of the paths that are its.
    proxy: Option<(Proxy, &'static str)>,
}

#[unikernel(
    std(without = "processes"),
    console,
    shutdown,
    net(ip = "10.0.0.2/24", gateway = "10.0.0.1", sockets = 256),
    kv(dir = "site"),
    kv(fat, block = "identity", name = "tls"),
    args(
        port = 443,
        redirect_port = 80, // plain HTTP, which is sent to HTTPS; 0 for none
        site = "site",
        certificate = "tls/certificate.pem",
        key = "tls/key.pem",
        upstream,
        upstream_path = "/api/",
        patience = "10s"
    )
)]
#[tokio::main(flavor = "current_thread")]
async fn main(
    port: u16,
    redirect_port: u16,
    site: &'static str,
    certificate: &'static str,
    key: &'static str,
    upstream: Option<&'static str>,
    upstream_path: &'static str,
    patience: Duration,
) -> ExitCode {
    let configuration = identity::load(certificate, key);
    let proxy = upstream.map(|upstream| Proxy::new(upstream, patience)).transpose();
    let service = configuration.and_then(|configuration: Arc<ServerConfig>| {
        let proxy = proxy?.map(|proxy| (proxy, upstream_path));
        Ok(Service { acceptor: configuration.into(), port, patience, site: Site::read(site)?, proxy })
    });
    let outcome = match service {
        Ok(service) => serve(Arc::new(service), redirect_port).await.map_err(|error| error.to_string()),
        Err(fault) => Err(fault),
    };
    if let Err(fault) = outcome {
        eprintln!("error: {fault}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Serves until SIGTERM comes, which is the power button, and then until no connection is in the middle of an answer.
async fn serve(service: Arc<Service>, redirect_port: u16) -> io::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    let secure = listen(service.port).await?;
    let plain = if redirect_port == 0 { None } else { Some(listen(redirect_port).await?) };
    let graceful = GracefulShutdown::new();
    println!("serving https on port {}", service.port);
    loop {
        let (stream, is_secure) = tokio::select! {
            stream = secure.accept() => (stream, true),
            stream = accept(plain.as_ref()) => (stream, false),
            _ = terminated.recv() => break,
        };
        match stream {
            Ok((stream, peer)) => {
                let (service, watcher) = (Arc::clone(&service), graceful.watcher());
                tokio::spawn(connection(service, stream, peer, is_secure, watcher));
            }
            // Of a peer that has gone, or for want of a socket: others are served meanwhile.
            Err(error) => {
                println!("accept: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop((secure, plain));
    let is_whole = timeout(GRACE, graceful.shutdown()).await.is_ok();
    println!("{}", if is_whole { "stopped" } else { "stopped before all connections were over" });
    Ok(())
}

async fn listen(port: u16) -> io::Result<TcpListener> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("cannot listen on port {port}: {error}"));
    TcpListener::bind(("0.0.0.0", port)).await.map_err(named)
}

/// The next connection of a listener; none ever, where there is no listener.
async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

async fn connection(service: Arc<Service>, stream: TcpStream, peer: SocketAddr, is_secure: bool, watcher: Watcher) {
    let _ = stream.set_nodelay(true); // it has only gone slower
    if !is_secure {
        return answer_all(&service, stream, peer.ip(), false, watcher).await;
    }
    match timeout(service.patience, service.acceptor.accept(stream)).await {
        Ok(Ok(stream)) => answer_all(&service, stream, peer.ip(), true, watcher).await,
        Ok(Err(error)) => println!("{peer}: {error}"),
        Err(_) => println!("{peer}: no handshake in {:?}", service.patience),
    }
}

/// Answers the requests of a connection until its end.
async fn answer_all<S>(service: &Service, stream: S, peer: IpAddr, is_secure: bool, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let answer = service_fn(|request| async move {
        let redirect = |request| service.redirect(request).map(Either::Right);
        Ok::<_, Infallible>(if is_secure { service.answer(request, peer).await } else { redirect(&request) })
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(service.patience);
    // A peer that breaks off is none of our faults, and there is nobody to tell.
    let _ = watcher.watch(builder.serve_connection(TokioIo::new(stream), answer)).await;
}

impl Service {
    async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        match &self.proxy {
            Some((proxy, path)) if request.uri().path().starts_with(path) => proxy.forward(request, peer).await,
            _ => self.site.answer(request.method(), request.uri(), request.headers()).map(Either::Right),
        }
    }

    /// Where the same is by HTTPS.
    fn redirect<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let field = request.headers().get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
        let Some(host) = request.uri().authority().cloned().or(field) else { return reason(StatusCode::BAD_REQUEST) };
        let port = if self.port == 443 { String::new() } else { format!(":{}", self.port) };
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        with(reason(StatusCode::PERMANENT_REDIRECT), LOCATION, &format!("https://{}{port}{path}", host.host()))
    }
}
