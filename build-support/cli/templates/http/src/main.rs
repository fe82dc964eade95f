//! Serves the files of the folder `site` over HTTP. They are part of the image.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::fmt::Write;
use core::time::Duration;
use heapless::String;
use unikernel_rt::net::{Error, TcpListener, TcpStream};
use unikernel_rt::prelude::*;
use unikernel_rt::timeout;

use template_name::{Head, Request, Status, parse};

/// The longest head of a request in bytes.
const REQUEST_BYTES: usize = 2048;
/// How long a connection may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

#[unikernel(
    console,
    net(ip = "10.0.0.2/24", gateway = "10.0.0.1", sockets = 16),
    kv(dir = "site"),
    args(port = 80)
)]
async fn main(net: Net, kv: Kv, port: u16, spawner: Spawner) -> Result<(), Error> {
    println!("serving http://{}:{port}/", net.up().await);
    let listener = TcpListener::bind(net, port)?;
    loop {
        let (stream, _) = listener.accept().await;
        // There are as many tasks as sockets, so that there is one for every connection.
        if let Ok(task) = serve(stream, kv) {
            spawner.spawn(task);
        }
    }
}

/// Serves one connection, with one request.
#[task(pool_size = NET_SOCKETS)]
async fn serve(stream: TcpStream, site: Kv) {
    // Whoever is gone, or too slow, is not to be told.
    let _ = timeout(TIME_LIMIT, exchange(&stream, site)).await;
}

async fn exchange(stream: &TcpStream, site: Kv) -> Result<(), Error> {
    let mut buffer = [0; REQUEST_BYTES];
    let mut length = 0;
    loop {
        match parse(&buffer[..length]) {
            Request::Incomplete if length == buffer.len() => {
                return refuse(stream, Status::FieldsTooLarge).await;
            }
            Request::Incomplete => match stream.read(&mut buffer[length..]).await? {
                0 => return Ok(()),
                more => length += more,
            },
            Request::Refused(status) => return refuse(stream, status).await,
            Request::File { key, is_head } => {
                let Some((contents, content_type)) = site.exact(key.as_bytes()) else {
                    return refuse(stream, Status::NotFound).await;
                };
                let head = Head {
                    status: Status::Ok,
                    content_type,
                    length: contents.len(),
                };
                return answer(stream, head, if is_head { &[] } else { contents }).await;
            }
        }
    }
}

async fn refuse(stream: &TcpStream, status: Status) -> Result<(), Error> {
    let text = status.reason().as_bytes();
    let head = Head {
        status,
        content_type: "text/plain; charset=utf-8",
        length: text.len(),
    };
    answer(stream, head, text).await
}

async fn answer(stream: &TcpStream, head: Head, contents: &[u8]) -> Result<(), Error> {
    let mut text = String::<256>::new();
    // The longest head is shorter.
    let _ = write!(text, "{head}");
    stream.write_all(text.as_bytes()).await?;
    stream.write_all(contents).await
}
