//! Asks a server by reqwest over rustls, by its own provider or another; what it trusts is on a FAT volume.

use std::error::Error;
use std::sync::Arc;

use reqwest::{Certificate, Client};
use unikernel_rt::unikernel;

#[unikernel(
    std(without = "processes"),
    console,
    net(ip = "10.0.0.2/24", gateway = "10.0.0.1"),
    kv(fat, block = "disk", name = "tls"),
    args(server, provider = "aws-lc")
)]
#[tokio::main(flavor = "current_thread")]
async fn main(server: &'static str, provider: &'static str) -> Result<(), Box<dyn Error>> {
    if provider != "aws-lc" {
        let provider = std_tls::provider(provider);
        Arc::unwrap_or_clone(provider).install_default().map_err(|_| "there is a provider")?;
    }
    let trusted = Certificate::from_pem(&std::fs::read("tls/ca.pem")?)?;
    let client = Client::builder().tls_certs_only([trusted]).https_only(true).build()?;
    match client.get(server).send().await {
        Ok(answer) => println!("{:?} {} {} bytes", answer.version(), answer.status(), answer.bytes().await?.len()),
        Err(error) => {
            let mut error: &dyn Error = &error;
            while let Some(source) = error.source() {
                error = source;
            }
            println!("{error}");
        }
    }
    Ok(())
}
