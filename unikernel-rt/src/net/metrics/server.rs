//! The server: a few connections at a time, one answer each.

use super::families::{FAMILIES, Source};
use super::head::{Head, Wanted};
use super::ready::is_ready;
use super::text::Text;
use super::value::Metric;
use crate::net::{Error, Shared, Shutdown, TcpListener, TcpStream};
use crate::tasks::timeout::timeout;
use core::time::Duration;
use embassy_futures::join::join4;

/// How long one connection may take, from its beginning to its end.
const PATIENCE: Duration = Duration::from_secs(5);

/// The task.
#[embassy_executor::task]
pub(super) async fn run(listener: TcpListener, own: &'static [&'static dyn Metric]) {
    let serve = || serve(&listener, own);
    join4(serve(), serve(), serve(), serve()).await;
}

async fn serve(listener: &TcpListener, own: &'static [&'static dyn Metric]) {
    loop {
        let (stream, _) = listener.accept().await;
        match timeout(PATIENCE, answer(&stream, own)).await {
            Ok(Ok(())) => {}
            // Half of an answer must not look like a whole one.
            Ok(Err(_)) | Err(_) => stream.abort(),
        }
    }
}

async fn answer(stream: &TcpStream, own: &'static [&'static dyn Metric]) -> Result<(), Error> {
    let mut head = Head::new();
    let (wanted, is_head) = loop {
        let take = |bytes: &[u8]| (bytes.len(), (bytes.is_empty(), head.take(bytes)));
        match stream.read_with(take).await? {
            (_, Some(wanted)) => break wanted,
            (true, None) => return Ok(()),
            (false, None) => {}
        }
    };
    let (status, body) = match wanted {
        Wanted::Live => ("200 OK", "alive\n"),
        Wanted::Ready if is_ready() => ("200 OK", "ready\n"),
        Wanted::Ready => ("503 Service Unavailable", "not ready\n"),
        Wanted::Metrics => ("200 OK", ""),
        Wanted::Unknown => ("404 Not Found", "/livez, /readyz and /metrics are here\n"),
        Wanted::WrongMethod => ("405 Method Not Allowed\r\nallow: GET, HEAD", "GET and HEAD are allowed\n"),
        Wanted::Malformed => ("400 Bad Request", "HTTP/1.1 is spoken here\n"),
        Wanted::TooLarge => ("431 Request Header Fields Too Large", "the head is too long\n"),
    };
    // The end of the connection is that of the body.
    let version = if wanted == Wanted::Metrics { "; version=0.0.4" } else { "" };
    let fields = "; charset=utf-8\r\ncache-control: no-store\r\nconnection: close\r\n\r\n";
    let body = if is_head { "" } else { body };
    let pieces = ["HTTP/1.1 ", status, "\r\ncontent-type: text/plain", version, fields, body];
    stream.write_all_vectored(&pieces.map(str::as_bytes)).await?;
    if wanted == Wanted::Metrics && !is_head {
        write_metrics(stream, own).await?;
    }
    stream.shutdown(Shutdown::Write)?;
    // What was received and not read would reset the connection before the answer is read.
    while stream.read_with(|bytes| (bytes.len(), bytes.len())).await? > 0 {}
    Ok(())
}

async fn write_metrics(stream: &TcpStream, own: &'static [&'static dyn Metric]) -> Result<(), Error> {
    let text = &mut Text::new();
    for family in FAMILIES {
        text.describe(family.name, family.help, family.kind);
        let mut index = 0;
        // Sample by sample: numbers are taken when they are written, and no more than one line is kept.
        loop {
            let mut line = Text::new();
            if !write_sample(family.name, &family.source, index, &mut line) {
                break;
            }
            if index == 0 {
                stream.write_all(text.as_bytes()).await?;
            }
            stream.write_all(line.as_bytes()).await?;
            index += 1;
        }
    }
    let mut last = "";
    for metric in own {
        let about = metric.about();
        if about.name != last {
            text.describe(about.name, about.help, metric.kind());
            stream.write_all(text.as_bytes()).await?;
            last = about.name;
        }
        text.sample(about.name, about.label.as_slice());
        text.number(metric.number(), false);
        stream.write_all(text.as_bytes()).await?;
    }
    Ok(())
}

/// Writes one sample of the runtime's own, if there is one of that index.
fn write_sample(name: &str, source: &Source, index: usize, line: &mut Text) -> bool {
    let network = |index: usize| Shared::all().nth(index).map(|shared| (shared, shared.with(|stack| stack.about)));
    match source {
        Source::Build if index == 0 => {
            let Some((_, about)) = network(0) else { return false };
            let runtime = ("runtime", env!("CARGO_PKG_VERSION"));
            line.sample(name, &[("application", about.application), ("version", about.version), runtime]);
            line.number((false, 1), false);
        }
        Source::Thousandths(read) if index == 0 => {
            line.sample(name, &[]);
            line.number((false, read()), true);
        }
        Source::Machine(read) if index == 0 => {
            let Some(value) = read() else { return false };
            line.sample(name, &[]);
            line.number((false, value), false);
        }
        Source::Networks(read) => {
            let Some((shared, about)) = network(index) else { return false };
            line.sample(name, &[("net", about.net)]);
            line.number((false, shared.with(read)), false);
        }
        Source::Labelled(label, values) => {
            let Some((shared, about)) = network(index / values.len()) else { return false };
            let Some((value, read)) = values.get(index % values.len()) else { return false };
            line.sample(name, &[("net", about.net), (label, value)]);
            line.number((false, shared.with(read)), false);
        }
        Source::Build | Source::Thousandths(_) | Source::Machine(_) => return false,
    }
    true
}
