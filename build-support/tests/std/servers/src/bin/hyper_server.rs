//! Answers HTTP by hyper.

use std::convert::Infallible;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use unikernel_rt::unikernel;

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::default();
    *response.body_mut() = match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => "hello from hyper\n".into(),
        (&Method::POST, "/reverse") => match request.into_body().collect().await {
            Ok(body) => body.to_bytes().iter().rev().copied().collect::<Vec<u8>>().into(),
            Err(_) => Bytes::new().into(),
        },
        _ => {
            *response.status_mut() = StatusCode::NOT_FOUND;
            "not found\n".into()
        }
    };
    Ok(response)
}

#[unikernel(std(without = "processes"), console, net(ip = "10.0.0.2/24"), args(port = 80))]
#[tokio::main(flavor = "current_thread")]
async fn main(port: u16) -> std::io::Result<()> {
    let listener = TcpListener::bind(("0.0.0.0", port)).await?;
    println!("listening");
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await;
        });
    }
}
