//! Fetches a page, and sends one, with `reqwless`: a crate that knows this runtime by `embedded-nal-async` alone.
#![no_std]
#![no_main]

use reqwless::client::HttpClient;
use reqwless::request::{Method, RequestBuilder};
use unikernel_rt::prelude::*;

#[unikernel(console, net(ip = "10.0.2.15/24", gateway = "10.0.2.2", dns = "10.0.2.3"), args(url))]
async fn main(net: Net, url: &'static str) -> Result<(), reqwless::Error> {
    net.up().await;
    let mut client = HttpClient::new(&net, &net);
    let mut buffer = [0; 4096];
    let mut request = client.request(Method::GET, url).await?;
    let response = request.send(&mut buffer).await?;
    let status = response.status.0;
    let body = response.body().read_to_end().await?;
    println!("{status}: {}", body.escape_ascii());
    drop(request);

    let mut request = client.request(Method::POST, url).await?.body(&b"a page of ours"[..]);
    let response = request.send(&mut buffer).await?;
    println!("{}", response.status.0);
    Ok(())
}
