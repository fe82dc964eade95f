//! The other ends of the wire: wrk, ping, and plain connections.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::guest::{Machine, PATIENCE, tied};

/// The page, of 1 KiB.
pub(super) const PAGE: &str = "/1k.html";

/// What a load came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) requests: f64,
    pub(super) per_second: f64,
    pub(super) median_us: f64,
    pub(super) p99_us: f64,
    pub(super) errors: f64,
}

/// Prints what came of a load in one line.
const SCRIPT: &str = r#"
done = function(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("bench %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"#;

/// Asks for a page as often as can be, on so many connections.
pub(super) fn wrk(
    folder: &Path,
    (address, path): (SocketAddr, &str),
    connections: u32,
    keep: bool,
    length: Duration,
) -> Result<Load, Failure> {
    let script = folder.join("wrk.lua");
    std::fs::write(&script, SCRIPT).map_err(|error| format!("cannot write `{}`: {error}", script.display()))?;
    let mut wrk = Command::new("wrk");
    wrk.args([
        "--threads",
        "1",
        "--connections",
        &connections.to_string(),
        "--timeout",
        &(length.as_secs() / 2).max(1).to_string(),
    ]);
    wrk.args(["--duration", &format!("{}s", length.as_secs().max(1)), "--script"]).arg(&script);
    if !keep {
        wrk.args(["--header", "Connection: close"]);
    }
    wrk.arg(format!("http://{address}{path}"));
    let text = run(wrk, "wrk", "wrk")?;
    let line = text.lines().find_map(|line| line.strip_prefix("bench ")).unwrap_or_default();
    let numbers: Vec<f64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [requests, duration_us, median_us, p99_us, errors] = numbers[..] else {
        return Err(format!("`wrk` said nothing that can be read: {text}"));
    };
    if requests == 0.0 {
        return Err(format!("no request on {connections} connections was answered"));
    }
    Ok(Load { requests, per_second: requests * 1e6 / duration_us.max(1.0), median_us, p99_us, errors })
}

/// A flood of pings; the average round trip in milliseconds, and how many were answered.
pub(super) fn flood(count: u32) -> Result<(f64, u32), Failure> {
    let mut ping = Command::new("ping");
    ping.args(["-f", "-q", "-n", "-c", &count.to_string(), "-w", "60", "10.0.0.2"]);
    let text = run(ping, "ping", "iputils-ping")?;
    let received = text.split(", ").find_map(|part| part.strip_suffix(" received")).and_then(|word| word.parse().ok());
    let average = text.lines().find_map(|line| line.split(" = ").nth(1)?.split('/').nth(1)?.parse().ok());
    average.zip(received).ok_or_else(|| format!("`ping` said nothing that can be read: {text}"))
}

fn run(mut command: Command, name: &str, package: &str) -> Result<String, Failure> {
    command.stdin(Stdio::null());
    let output = tied(&mut command)
        .output()
        .map_err(|error| format!("cannot run `{name}`: {error}\nhelp: apt-get install {package}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).trim_end().to_owned());
    Err(format!("`{name}` failed: {}", said.join(" ")))
}

/// Waits for the first page; `None` where the machine ends before, or patience does.
pub(super) fn first_page(
    machine: &mut Machine,
    (address, path): (SocketAddr, &str),
    patience: Duration,
) -> Option<Duration> {
    let mut looked = Instant::now();
    while machine.started.elapsed() < patience {
        // While it boots, nobody takes what is sent: a new attempt every few milliseconds is the clock's resolution.
        if get((address, path), Duration::from_millis(4), Duration::from_millis(500)).is_ok() {
            return Some(machine.started.elapsed());
        }
        if looked.elapsed() > Duration::from_millis(100) {
            looked = Instant::now();
            if machine.has_ended() {
                return None;
            }
        }
        thread::sleep(Duration::from_micros(500));
    }
    None
}

fn get((address, path): (SocketAddr, &str), connecting: Duration, answering: Duration) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, connecting)?;
    stream.set_read_timeout(Some(answering))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    if &head == b"HTTP/1.1 200" { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

/// Takes 64 MiB; returns bytes a second.
pub(super) fn download(address: SocketAddr) -> Result<f64, Failure> {
    let fetch = || -> io::Result<f64> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let began = Instant::now();
        stream.write_all(b"GET /large HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")?;
        let mut buffer = vec![0; 1 << 20];
        let mut total = 0;
        loop {
            match stream.read(&mut buffer)? {
                0 if total < BULK_BYTES => return Err(io::ErrorKind::UnexpectedEof.into()),
                0 => return Ok(total as f64 / began.elapsed().as_secs_f64()),
                length => total += length,
            }
        }
    };
    fetch().map_err(|error| format!("cannot take 64 MiB from {address}: {error}"))
}

/// Sends 64 MiB, all of which are read before the other end closes; returns bytes a second.
pub(super) fn upload(address: SocketAddr) -> Result<f64, Failure> {
    let send = || -> io::Result<f64> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let piece = vec![b'u'; 1 << 20];
        let began = Instant::now();
        for _ in 0..BULK_BYTES / piece.len() {
            stream.write_all(&piece)?;
        }
        stream.shutdown(Shutdown::Write)?;
        if stream.read(&mut [0])? != 0 {
            return Err(io::Error::other("a sink answers"));
        }
        Ok(BULK_BYTES as f64 / began.elapsed().as_secs_f64())
    };
    send().map_err(|error| format!("cannot send 64 MiB to {address}: {error}"))
}

/// What goes each way.
pub(super) const BULK_BYTES: usize = 64 << 20;
