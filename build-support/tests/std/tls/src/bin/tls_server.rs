//! Answers HTTPS by tokio-rustls, over one of three providers of cryptography, with a certificate and a key from a FAT volume.

use std::io::{Error, Result};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use unikernel_rt::unikernel;

/// Answers requests until the peer says goodbye, or that it was the last.
async fn serve(acceptor: TlsAcceptor, stream: TcpStream) -> Result<()> {
    let mut stream = BufReader::new(acceptor.accept(stream).await?);
    let (_, session) = stream.get_ref().get_ref();
    let (version, kind) = (session.protocol_version(), session.handshake_kind());
    let body = format!("{:?} {:?}\n", version.expect("it is chosen"), kind.expect("it is over"));
    let (mut line, mut is_last) = (String::new(), false);
    while stream.read_line(&mut line).await? > 0 {
        match line.trim_end() {
            "" => {
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await?;
                stream.flush().await?;
                if is_last {
                    break;
                }
            }
            field => is_last |= field.eq_ignore_ascii_case("connection: close"),
        }
        line.clear();
    }
    stream.shutdown().await
}

#[unikernel(
    std(without = "processes"),
    console,
    net(ip = "10.0.0.2/24"),
    kv(fat, block = "disk", name = "tls"),
    args(port = 443, provider = "ring")
)]
#[tokio::main(flavor = "current_thread")]
async fn main(port: u16, provider: &'static str) -> Result<()> {
    let certificates =
        CertificateDer::pem_file_iter("tls/server.pem").and_then(Iterator::collect).map_err(Error::other)?;
    let key = PrivateKeyDer::from_pem_file("tls/server.key").map_err(Error::other)?;
    let configuration = ServerConfig::builder_with_provider(std_tls::provider(provider))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(Error::other)?;
    let acceptor = TlsAcceptor::from(Arc::new(configuration));
    let listener = TcpListener::bind(("0.0.0.0", port)).await?;
    println!("listening");
    loop {
        let (stream, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            if let Err(error) = serve(acceptor, stream).await {
                println!("{error}");
            }
        });
    }
}
