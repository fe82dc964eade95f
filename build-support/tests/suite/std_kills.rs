//! `apps/notes` keeps each note that it acknowledged: its machine is killed while clients write, and the disk loses what was not flushed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use crate::common::effort::{Effort, is_left_out, scaled};
use crate::common::kernels::{boot, kernel};
use crate::common::qemu::Qemu;
use crate::common::wait_for;
use crate::common::write_log::{self, Unflushed};

const DISK_BYTES: u64 = 8 << 20;
const CLIENTS: usize = 3;

/// The names that each client writes.
const NAMES: usize = 40;

/// What a note may be: what was acknowledged last, and what was asked for since then; `None` where it is not there.
type Notes = BTreeMap<String, Vec<Option<String>>>;

/// Asks for something; gives the status and the body, or nothing where the machine is gone.
fn ask(port: u16, method: &str, path: &str, body: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: notes\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all([&head, body].concat().as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok((status, body.to_owned()))
}

/// Puts and removes notes until the machine is gone, and counts the changes that were acknowledged.
fn write(port: u16, notes: &mut Notes, seed: u64, acknowledged: &AtomicUsize) {
    let mut random = Rng::with_seed(seed);
    let mut change = 0;
    loop {
        let number = random.usize(..notes.len());
        let (name, states) = notes.iter_mut().nth(number).expect("a name");
        let text = (random.u8(..4) > 0).then(|| format!("{name} {change} {seed}\n").repeat(random.usize(1..150)));
        states.push(text.clone());
        let path = format!("/notes/{name}");
        let answer = match &text {
            Some(text) => ask(port, "PUT", &path, text),
            None => ask(port, "DELETE", &path, ""),
        };
        match answer {
            Ok((201 | 204, _)) => {}
            Ok((404, _)) if text.is_none() => {}
            Ok(other) => panic!("{path}: {other:?}"),
            Err(_) => return,
        }
        *states = vec![text];
        change += 1;
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

/// Every note must be what it may be, and is that from now on.
fn check(port: u16, notes: &mut Notes, circumstances: &str) {
    let (_, names) = ask(port, "GET", "/notes", "").expect("an answer");
    for (name, states) in notes.iter_mut() {
        let is_listed = names.lines().any(|listed| listed == name);
        let (status, text) = ask(port, "GET", &format!("/notes/{name}"), "").expect("an answer");
        let found = (status == 200).then_some(text);
        assert_eq!(is_listed, found.is_some(), "`{name}`, {circumstances}");
        assert!(states.contains(&found), "`{name}` is {found:?}, and not one of {states:?}, {circumstances}");
        *states = vec![found];
    }
}

/// A machine with a copy of the disk, whose changes are recorded.
struct Server {
    qemu: Qemu,
    port: u16,
}

fn start(kernel: &Path, disk: &Path, log: &Path) -> Server {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr()).expect("a port").port();
    let mut arguments = boot(kernel, "pc", "64M", "");
    let network = format!("user,id=net,net=10.0.0.0/24,host=10.0.0.1,hostfwd=tcp:127.0.0.1:{port}-10.0.0.2:8080");
    arguments.extend(["-cpu", "max", "-netdev", &network, "-device", "virtio-net-pci,netdev=net"].map(str::to_owned));
    arguments.extend(write_log::options(disk, log));
    let mut qemu = Qemu::start(arguments);
    qemu.wait_for("at port 8080\n");
    Server { qemu, port }
}

#[test]
fn no_acknowledged_note_is_lost() {
    if is_left_out("kills of `notes`", Effort::All) {
        return;
    }
    let kills = scaled("kills of `notes`", 3, 3, 200);
    let kernel = kernel("notes");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [disk, running, log]: [PathBuf; 3] = ["disk", "running", "log"].map(|name| folder.path().join(name));
    File::create(&disk).and_then(|file| file.set_len(DISK_BYTES)).expect("a sparse file");
    let mut notes: Vec<Notes> = (0..CLIENTS)
        .map(|client| (0..NAMES).map(|number| (format!("{client}-{number}"), vec![None])).collect())
        .collect();
    let mut random = Rng::with_seed(13);
    let acknowledged = AtomicUsize::new(0);
    let mut lost = 0;
    let mut circumstances = "at first".to_owned();
    for kill in 0..=kills {
        fs::copy(&disk, &running).expect("a copy");
        let server = start(&kernel, &running, &log);
        notes.iter_mut().for_each(|notes| check(server.port, notes, &circumstances));
        if kill == kills {
            server.qemu.monitor("system_powerdown");
            let outcome = server.qemu.finish();
            assert!(outcome.console.ends_with("stopped\n"), "{outcome:?}");
            // What is recorded is what was done to the disk.
            write_log::repeat(&log, &disk, Unflushed::Kept);
            assert!(fs::read(&disk).expect("it is read") == fs::read(&running).expect("it is read"));
            break;
        }
        // So many changes, and somewhere within a later one.
        let enough = acknowledged.load(Ordering::Relaxed) + random.usize(1..60);
        let (port, acknowledged) = (server.port, &acknowledged);
        thread::scope(|scope| {
            for notes in &mut notes {
                let seed = random.u64(..);
                scope.spawn(move || write(port, notes, seed, acknowledged));
            }
            let serves = wait_for(|| (acknowledged.load(Ordering::Relaxed) >= enough).then_some(()));
            thread::sleep(Duration::from_micros(random.u64(..50_000)));
            server.qemu.kill(); // which ends the clients, too
            serves.expect("changes are acknowledged");
        });
        let unflushed = [Unflushed::Lost, Unflushed::Kept, Unflushed::Some(random.u64(..))][random.usize(..3)];
        let (_, count) = write_log::repeat(&log, &disk, unflushed);
        lost += count;
        circumstances = format!("after kill {kill}, which left {unflushed:?} and lost {count} writes");
        println!("{circumstances}");
    }
    let acknowledged = acknowledged.into_inner();
    println!("{kills} kills: {acknowledged} changes acknowledged, {lost} writes lost that were not flushed");
}
