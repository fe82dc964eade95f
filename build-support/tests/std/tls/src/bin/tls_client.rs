//! Asks a server by rustls and blocking sockets, twice, over one of three providers; what it trusts is on a FAT volume.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use unikernel_rt::unikernel;

/// How it shook hands, and the first line of the answer.
fn ask(configuration: &Arc<ClientConfig>, server: &str, name: &'static str) -> Result<String, Box<dyn Error>> {
    let connection = ClientConnection::new(Arc::clone(configuration), ServerName::try_from(name)?)?;
    let mut stream = StreamOwned::new(connection, TcpStream::connect(server)?);
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut reader = BufReader::new(stream);
    let (mut line, mut rest) = (String::new(), Vec::new());
    reader.read_line(&mut line)?;
    reader.read_to_end(&mut rest)?; // it is whole only with a goodbye, which `rustls` insists on
    let session = &reader.get_ref().conn;
    let (version, kind) = (session.protocol_version(), session.handshake_kind());
    Ok(format!("{:?} {:?} {}", version.ok_or("no version")?, kind.ok_or("no handshake")?, line.trim_end()))
}

#[unikernel(
    std,
    console,
    net(ip = "10.0.0.2/24", gateway = "10.0.0.1"),
    kv(fat, block = "disk", name = "tls"),
    args(server, name = "localhost", provider = "ring"),
    env(OPENSSL_ia32cap = "~0") // what aws-lc is not to use of the processor: nothing
)]
fn main(server: &'static str, name: &'static str, provider: &'static str) -> Result<(), Box<dyn Error>> {
    let configuration = ClientConfig::builder_with_provider(std_tls::provider(provider))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(std_tls::roots()?)
        .with_no_client_auth();
    let configuration = Arc::new(configuration);
    for _ in 0..2 {
        match ask(&configuration, server, name) {
            Ok(answer) => println!("{answer}"),
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}
