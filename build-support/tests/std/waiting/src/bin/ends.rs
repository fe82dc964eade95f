//! Pipes, pairs of sockets and counters: what their ends tell, and who waits for them.

use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use std_waiting::{add, counter, kind, outcome, pair, pipe, poll, read, take, write};
use unikernel_rt::unikernel;

#[unikernel(std, console, clock)]
fn main() {
    pipes();
    pairs();
    counters();
    polls();
    flags();
    println!("done");
}

fn pipes() {
    let [reader, writer] = pipe(libc::O_NONBLOCK | libc::O_CLOEXEC);
    println!("{:?} {}", poll(&[&reader, &writer], 0), read(&reader, 8));
    println!("{} {:?}", write(&writer, b"abc"), poll(&[&reader, &writer], 0));
    println!("{} {} {}", read(&reader, 2), read(&reader, 2), read(&reader, 2));
    println!("{}", write(&writer, &[7; 100_000]));
    println!("{} {:?}", write(&writer, b"x"), poll(&[&reader, &writer], 0));
    println!("{} {}", read(&writer, 1), write(&reader, b"x"));
    drop(writer);
    println!("{:?} {}", poll(&[&reader], 0), read(&reader, 100_000).len());
    println!("{:?} {:?}", poll(&[&reader], 0), read(&reader, 8));
    let [reader, writer] = pipe(0);
    drop(reader);
    println!("{:?} {}", poll(&[&writer], 0), write(&writer, b"x"));

    // More than there is room for, from one thread to another, and its end.
    let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
    let sent: Vec<u8> = (0..1_000_000_u32).map(|number| (number.wrapping_mul(number) >> 8) as u8).collect();
    let wanted = sent.clone();
    let thread = thread::spawn(move || writer.write_all(&sent));
    let mut received = Vec::new();
    println!("{:?} {}", reader.read_to_end(&mut received), received == wanted);
    println!("{:?}", thread.join().expect("the writer"));
}

fn pairs() {
    let [one, other] = pair(libc::SOCK_NONBLOCK);
    println!("{:?} {}", poll(&[&one, &other], 0), read(&one, 8));
    println!("{} {} {:?}", write(&one, b"to the other"), write(&other, b"to the one"), poll(&[&one, &other], 0));
    println!("{} {} {}", read(&one, 100), read(&other, 6), read(&other, 100));
    drop(other);
    println!("{:?} {:?} {}", poll(&[&one], 0), read(&one, 8), write(&one, b"x"));

    let (mut one, mut other) = UnixStream::pair().expect("a pair");
    let thread = thread::spawn(move || {
        let mut text = String::new();
        other.read_to_string(&mut text).expect("until the end");
        other.write_all(text.to_uppercase().as_bytes()).expect("back");
    });
    one.write_all(b"half closed").expect("there");
    println!("{:?} {:?}", one.shutdown(std::net::Shutdown::Write), one.write(b"x").map_err(|error| error.kind()));
    let mut text = String::new();
    println!("{:?} {text}", one.read_to_string(&mut text));
    println!("{text}");
    thread.join().expect("the other");
    // SAFETY: it takes no pointer but that to where two numbers have room.
    println!("{}", outcome(unsafe { libc::socketpair(libc::AF_INET, libc::SOCK_STREAM, 0, [0; 2].as_mut_ptr()) }));
}

fn counters() {
    let counting = counter(2, libc::EFD_NONBLOCK);
    println!("{:?} {} {:?}", poll(&[&counting], 0), add(&counting, 3), take(&counting).ok());
    println!("{:?} {:?}", take(&counting).map_err(|error| error.kind()), poll(&[&counting], 0));
    println!("{} {:?}", add(&counting, u64::MAX - 1), poll(&[&counting], 0));
    println!("{} {}", add(&counting, 1), add(&counting, u64::MAX));
    println!("{} {}", write(&counting, b"short"), read(&counting, 7));
    let semaphore = counter(2, libc::EFD_SEMAPHORE | libc::EFD_NONBLOCK);
    println!("{:?} {:?} {:?}", take(&semaphore).ok(), take(&semaphore).ok(), take(&semaphore).ok());

    let waited = counter(0, 0);
    thread::scope(|scope| {
        let taken = scope.spawn(|| take(&waited).ok());
        thread::sleep(Duration::from_millis(20));
        add(&waited, 9);
        println!("{:?}", taken.join().expect("the reader"));
    });
}

fn polls() {
    let [reader, writer] = pipe(0);
    let started = Instant::now();
    println!("{:?} {}", poll(&[&reader], 30), started.elapsed() >= Duration::from_millis(30));
    thread::scope(|scope| {
        let polled = scope.spawn(|| poll(&[&reader], 10_000));
        thread::sleep(Duration::from_millis(10));
        write(&writer, b"now");
        println!("{:?}", polled.join().expect("the poller"));
    });
    // One that is closed, one that is left out.
    let mut polled = [-1, 999].map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 99 });
    // SAFETY: there are two.
    let count = unsafe { libc::poll(polled.as_mut_ptr(), 2, 0) };
    println!("{count} {:?}", polled.map(|polled| polled.revents));
}

fn flags() {
    let [reader, writer] = pipe(libc::O_CLOEXEC);
    let of = |file: i32, command, argument: i32| {
        // SAFETY: these commands take a number.
        outcome(unsafe { libc::fcntl(file, command, argument) })
    };
    println!("{:o} {:o}", kind(&reader), kind(&pair(0)[0]));
    let file = reader.as_raw_fd();
    println!(
        "{} {} {}",
        of(file, libc::F_GETFD, 0),
        of(file, libc::F_GETFL, 0),
        of(writer.as_raw_fd(), libc::F_GETFL, 0)
    );
    println!("{} {}", of(file, libc::F_SETFL, libc::O_NONBLOCK), read(&reader, 1));
    let duplicate = reader.try_clone().expect("another descriptor");
    println!("{} {}", of(duplicate.as_raw_fd(), libc::F_GETFD, 0), read(&duplicate, 1));
    println!(
        "{} {}",
        of(duplicate.as_raw_fd(), libc::F_GETFL, 0) == of(file, libc::F_GETFL, 0),
        of(999, libc::F_GETFL, 0)
    );
    // A pipe is open for as long as one descriptor of its end is.
    drop(reader);
    println!("{} {}", write(&writer, b"y"), read(&duplicate, 8));
    // SAFETY: it takes numbers.
    println!("{}", outcome(unsafe { libc::lseek64(duplicate.as_raw_fd(), 0, libc::SEEK_SET) }));
}
