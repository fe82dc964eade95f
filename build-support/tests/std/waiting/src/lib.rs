//! The calls of C that these programs make, with their errors as `std` has them.

use std::io::{Error, Result};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// What a call has returned: a number, or an error.
pub fn checked(returned: impl TryInto<i64>) -> Result<i64> {
    match returned.try_into() {
        Ok(number) if number >= 0 => Ok(number),
        _ => Err(Error::last_os_error()),
    }
}

/// How a call ended: its number, or the name of its error.
pub fn outcome(returned: impl TryInto<i64>) -> String {
    match checked(returned) {
        Ok(number) => number.to_string(),
        Err(error) => error.to_string(),
    }
}

fn both(returned: i32, files: [i32; 2]) -> [OwnedFd; 2] {
    checked(returned).expect("both ends");
    // SAFETY: the call has opened both.
    files.map(|file| unsafe { OwnedFd::from_raw_fd(file) })
}

/// The reading and the writing end of a pipe.
pub fn pipe(flags: i32) -> [OwnedFd; 2] {
    let mut files = [0; 2];
    // SAFETY: there is room for two.
    both(unsafe { libc::pipe2(files.as_mut_ptr(), flags) }, files)
}

/// Two sockets that are connected.
pub fn pair(flags: i32) -> [OwnedFd; 2] {
    let mut files = [0; 2];
    // SAFETY: there is room for two.
    both(unsafe { libc::socketpair(libc::AF_UNIX, libc::SOCK_STREAM | flags, 0, files.as_mut_ptr()) }, files)
}

/// A counter.
pub fn counter(value: u32, flags: i32) -> OwnedFd {
    // SAFETY: it takes no pointer, and opens a descriptor.
    unsafe { OwnedFd::from_raw_fd(checked(libc::eventfd(value, flags)).expect("a counter") as i32) }
}

/// What a descriptor is open on: `S_IFIFO` and others.
pub fn kind(file: &OwnedFd) -> u32 {
    let mut status = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: there is room for one.
    checked(unsafe { libc::fstat(file.as_raw_fd(), status.as_mut_ptr()) }).expect("its status");
    // SAFETY: the call has written it.
    unsafe { status.assume_init() }.st_mode & libc::S_IFMT
}

/// Reads at most so many bytes, and shows them or the error.
pub fn read(file: &OwnedFd, count: usize) -> String {
    let mut buffer = vec![0_u8; count];
    // SAFETY: the buffer has so many bytes.
    match checked(unsafe { libc::read(file.as_raw_fd(), buffer.as_mut_ptr().cast(), count) }) {
        Ok(count) => String::from_utf8_lossy(&buffer[..count as usize]).into_owned(),
        Err(error) => error.to_string(),
    }
}

/// Writes, and tells how many or the error.
pub fn write(file: &OwnedFd, bytes: &[u8]) -> String {
    // SAFETY: the slice has so many bytes.
    outcome(unsafe { libc::write(file.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) })
}

/// Adds to a counter.
pub fn add(file: &OwnedFd, number: u64) -> String {
    write(file, &number.to_ne_bytes())
}

/// What a counter has, which it loses.
pub fn take(file: &OwnedFd) -> Result<u64> {
    let mut number = 0_u64;
    // SAFETY: it has 8 bytes.
    checked(unsafe { libc::read(file.as_raw_fd(), (&raw mut number).cast(), 8) })?;
    Ok(number)
}

/// What `poll` tells of some descriptors that are asked for input and output.
pub fn poll(files: &[&OwnedFd], timeout_ms: i32) -> Vec<String> {
    let mut polled: Vec<libc::pollfd> = files
        .iter()
        .map(|file| libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLIN | libc::POLLOUT, revents: 0 })
        .collect();
    // SAFETY: there are so many.
    checked(unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as u64, timeout_ms) }).expect("polls");
    polled.iter().map(|polled| bits(polled.revents as u32)).collect()
}

/// The names of the bits of `poll` and `epoll`.
pub fn bits(bits: u32) -> String {
    let names = [(libc::EPOLLIN, "in"), (libc::EPOLLOUT, "out"), (libc::EPOLLERR, "err"), (libc::EPOLLHUP, "hup")];
    let names = names.into_iter().chain([(libc::EPOLLRDHUP, "rdhup")]);
    let shown: Vec<&str> = names.filter(|(bit, _)| bits & *bit as u32 != 0).map(|(_, name)| name).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown.join("+") }
}

/// An epoll.
pub struct Epoll(pub OwnedFd);

impl Epoll {
    pub fn new() -> Self {
        // SAFETY: it takes no pointer, and opens a descriptor.
        Epoll(unsafe {
            OwnedFd::from_raw_fd(checked(libc::epoll_create1(libc::EPOLL_CLOEXEC)).expect("an epoll") as i32)
        })
    }

    pub fn control(&self, operation: i32, file: i32, events: i32, data: u64) -> String {
        let mut event = libc::epoll_event { events: events as u32, u64: data };
        // SAFETY: it points to an event.
        outcome(unsafe { libc::epoll_ctl(self.0.as_raw_fd(), operation, file, &raw mut event) })
    }

    pub fn add(&self, file: &OwnedFd, events: i32, data: u64) -> String {
        self.control(libc::EPOLL_CTL_ADD, file.as_raw_fd(), events, data)
    }

    /// What has become ready, in the order of the data.
    pub fn wait(&self, room: usize, timeout_ms: i32) -> Vec<(u64, String)> {
        let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; room];
        // SAFETY: there is room for so many.
        let count = unsafe { libc::epoll_wait(self.0.as_raw_fd(), events.as_mut_ptr(), room as i32, timeout_ms) };
        let count = checked(count).expect("waits") as usize;
        let mut told: Vec<_> = events[..count].iter().map(|event| (event.u64, bits(event.events))).collect();
        told.sort();
        told
    }
}

impl Default for Epoll {
    fn default() -> Self {
        Self::new()
    }
}
