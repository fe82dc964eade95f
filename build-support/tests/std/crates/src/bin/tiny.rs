//! A web server by `tiny_http`, and a client of it by `ureq`: `ureq` asks it by a name, over the loopback, and so does whoever is outside.

use std::io;
use std::sync::Arc;
use std::thread;

use tiny_http::{Header, Method, Response, Server};
use unikernel_rt::unikernel;

#[unikernel(
    std,
    console,
    net(ip = "10.0.0.2/24", gateway = "10.0.0.1", dns = "10.0.0.3"),
    args(port = 8080, serves = false)
)]
fn main(port: u16, serves: bool) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let server = Arc::new(Server::http(("0.0.0.0", port))?);
    let start = |_| {
        let server = server.clone();
        thread::spawn(move || work(&server))
    };
    let workers: Vec<_> = (0..2).map(start).collect();

    let url = format!("http://localhost:{port}");
    let mut response = ureq::get(format!("{url}/greeting")).call()?;
    println!("{} {:?}", response.status(), response.headers().get("content-type"));
    println!("{}", response.body_mut().read_to_string()?.trim_end());
    let echoed = ureq::post(format!("{url}/echo")).send("x".repeat(100_000))?.body_mut().read_to_string()?;
    println!("echoed {}", echoed.len());
    println!("{}", ureq::get(format!("{url}/none")).call().expect_err("there is none"));
    let refused = ureq::get(format!("http://localhost:{}/", port - 1)).call();
    println!(
        "refused {}",
        matches!(refused, Err(ureq::Error::Io(error)) if error.kind() == io::ErrorKind::ConnectionRefused)
    );

    if serves {
        println!("serving http://10.0.0.2:{port}/");
        workers.into_iter().for_each(|worker| worker.join().expect("it goes on"));
    }
    Ok(())
}

fn work(server: &Server) {
    for mut request in server.incoming_requests() {
        let kind = Header::from_bytes("Content-Type", "text/plain").expect("it is one");
        let outcome = match (request.method(), request.url()) {
            (Method::Get, "/greeting") => {
                request.respond(Response::from_string("hello from tiny_http\n").with_header(kind))
            }
            (Method::Post, "/echo") => {
                let mut body = String::new();
                match request.as_reader().read_to_string(&mut body) {
                    Ok(_) => request.respond(Response::from_string(body).with_header(kind)),
                    Err(error) => Err(error),
                }
            }
            _ => request.respond(Response::empty(404)),
        };
        if let Err(error) = outcome {
            println!("{error}");
        }
    }
}
