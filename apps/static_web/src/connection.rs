//! One connection: requests are read and answered in order until either side closes.

use crate::date;
use core::convert::Infallible;
use core::future::{pending, poll_fn};
use core::ops::Range;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, ready};
use core::time::Duration;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::semaphore::{GreedySemaphore, Semaphore, SemaphoreReleaser};
use static_web_http::answer::{Answer, Connection, Representation};
use static_web_http::date::FIELD_BYTES;
use static_web_http::encoding::{self, Choice};
use static_web_http::path::{self, Fault, Path};
use static_web_http::request::{self, Body, Method, Request};
use static_web_http::status::Status;
use unikernel_rt::kv::Encoding;
#[cfg(feature = "metrics")]
use unikernel_rt::metrics::{Counter, Metric};
use unikernel_rt::net::{Error, Shutdown, TcpStream};
use unikernel_rt::prelude::*;
use unikernel_rt::{TimedOut, timeout};

/// The bytes of nearly every request's head, and the most that one may have.
const HEAD_BYTES: usize = 1024;
const LONGEST_HEAD_BYTES: usize = 4096;
/// The most bytes of an unused body that are read to keep the connection open.
const BODY_BYTES: usize = 64 << 10;
/// The most bytes that are read after a final answer, for clients that read only after they have sent everything.
const LEFTOVER_BYTES: usize = 1 << 20;

/// The version of the site: it changes with any of its files, and caches ask for all of them again.
const VERSION: &str = concat!("\"", env!("SITE_VERSION"), "\"");
/// The same for what is compressed: other bytes have another tag.
const BROTLI_VERSION: &str = concat!("\"", env!("SITE_VERSION"), "-br\"");
const GZIP_VERSION: &str = concat!("\"", env!("SITE_VERSION"), "-gzip\"");

/// The state that all connections share.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) site: Kv,
    pub(crate) clock: Clock,
    /// Whether the clock knows the time of day.
    pub(crate) has_date: bool,
    /// Whether connections are logged on the console.
    pub(crate) is_verbose: bool,
    /// How long a connection may be idle between requests.
    pub(crate) idle: Duration,
    /// How long a head may take from its first byte to its last, and an answer to find room in the network.
    pub(crate) patience: Duration,
}

/// How many connections are served at the same time; all others wait, with something to be read or without.
const WORKERS: usize = 48;
/// How long a worker waits for the next request of a connection, before the listener has it back; and how long for anything else, before it
/// gives way to those that wait for a worker.
const LINGER: Duration = Duration::from_secs(1);
/// The most bytes of a body that are copied behind the head; longer ones are sent from where they lie.
const COPIED_BYTES: usize = 512;

/// Requests that were answered.
#[cfg(feature = "metrics")]
static REQUESTS: Counter = Counter::new("static_web_requests_total", HELP).label("outcome", "answered");
/// Heads that are no requests, or came too slowly.
#[cfg(feature = "metrics")]
static REFUSED: Counter = Counter::new("static_web_requests_total", HELP).label("outcome", "refused");
#[cfg(feature = "metrics")]
pub(crate) static METRICS: &[&dyn Metric] = &[&REQUESTS, &REFUSED];
#[cfg(feature = "metrics")]
const HELP: &str = "Requests, by whether they could be read";

/// Workers that have nothing to do.
static FREE: GreedySemaphore<CriticalSectionRawMutex> = GreedySemaphore::new(WORKERS);
/// Whether a connection waits for a worker.
static IS_WANTED: AtomicBool = AtomicBool::new(false);

/// The network may have something to send that no worker waits for.
static LEFT: GreedySemaphore<CriticalSectionRawMutex> = GreedySemaphore::new(0);

/// A worker that has something to do; dropped, it has nothing any more.
pub(crate) type Worker = SemaphoreReleaser<'static, GreedySemaphore<CriticalSectionRawMutex>>;

/// A worker, as soon as there is one.
pub(crate) async fn free_worker() -> Worker {
    if let Some(worker) = FREE.try_acquire(1) {
        return worker;
    }
    IS_WANTED.store(true, Ordering::Relaxed);
    let Ok(worker) = FREE.acquire(1).await;
    IS_WANTED.store(false, Ordering::Relaxed);
    worker
}

/// Gives up those that take an answer more slowly than `least_rate` bytes a second.
#[task]
pub(crate) async fn watch(net: Net, least_rate: u16, patience: Duration) {
    loop {
        let Ok(left) = LEFT.acquire(1).await;
        left.disarm();
        loop {
            within(LINGER, pin!(pending())).await;
            LEFT.set(0);
            if !net.give_up_slow(least_rate.into(), patience) {
                break;
            }
        }
    }
}

/// Serves a connection until it ends, or is idle.
#[task(pool_size = WORKERS)]
pub(crate) async fn serve(stream: TcpStream, number: u64, settings: Settings, _worker: Worker) {
    let server = Server { stream, settings };
    let mut buffer = [0; HEAD_BYTES];
    let mut end = server.answer_all(&mut buffer, 0, None).await;
    if let Err(End::Long(deadline)) = end {
        // Not before there is one, as all of it has to be written first.
        let mut longest = [0; LONGEST_HEAD_BYTES];
        let received = put(&mut longest, &buffer);
        end = server.answer_all(&mut longest, received, Some(deadline)).await;
    }
    LEFT.set(1);
    match end {
        Err(End::Idle) => return server.stream.requeue(Some(settings.idle)),
        Err(End::Over) => drop(server),
        Err(End::Unread) => server.leave(&mut buffer).await,
        Err(End::Stalled | End::Long(_)) => server.stream.abort(),
        Err(End::Refused(status, is_head)) => {
            #[cfg(feature = "metrics")]
            REFUSED.increment();
            match server.send(&Answer::refusal(status, is_head)).await {
                Ok(()) => server.leave(&mut buffer).await,
                Err(_) => server.stream.abort(),
            }
        }
    }
    if settings.is_verbose {
        println!("conn {number} closed");
    }
}

struct Server {
    stream: TcpStream,
    settings: Settings,
}

/// How far a request is answered.
struct Reply {
    /// The date that the answer has, where the clock knows it.
    date: Option<[u8; FIELD_BYTES]>,
    /// The bytes that the network has taken, and those of the head, once that is known.
    sent: usize,
    head_bytes: usize,
}

/// What is to be known of a request that is answered.
struct Replied {
    length: usize,
    body: Body,
    connection: Connection,
}

/// Why no further request is read.
enum End {
    /// Everything is answered, and nothing more has come yet.
    Idle,
    /// The peer has closed.
    Over,
    /// Everything is answered, but there is unread data, or more may arrive.
    Unread,
    /// The received data is answered with this, and what follows cannot be parsed. Whether it asks for a head alone.
    Refused(Status, bool),
    /// A head fills the buffer, and must be there by this time.
    Long(Instant),
    /// The network has had no room for an answer for too long: the peer does not take those before it.
    Stalled,
}

impl From<Error> for End {
    fn from(_: Error) -> Self {
        End::Over
    }
}

impl Server {
    /// Answers request after request. So many bytes are in the buffer already, the beginning of a head that must be there by the deadline.
    async fn answer_all(
        &self,
        buffer: &mut [u8],
        received: usize,
        mut deadline: Option<Instant>,
    ) -> Result<Infallible, End> {
        let idle = LINGER.min(self.settings.idle);
        // Received but not yet processed.
        let mut pending = 0..received;
        loop {
            if pending.start == pending.end {
                let linger = if IS_WANTED.load(Ordering::Relaxed) { Duration::ZERO } else { idle };
                // Not `within`: it lasts no longer than one of its steps, and comes with each request.
                let read = poll_fn(|context| self.stream.poll_read(context, buffer));
                pending = 0..timeout(linger, read).await.map_err(|TimedOut| End::Idle)??;
                if pending.end == 0 {
                    return Err(End::Over);
                }
            }
            let bytes = buffer.get(pending.clone()).unwrap_or_default();
            let mut reply = Reply { date: self.settings.date(), sent: 0, head_bytes: usize::MAX };
            // Most answers are taken at once, and need no timer.
            let replied = match poll_fn(|context| Poll::Ready(self.reply(context, bytes, &mut reply))).await {
                Poll::Ready(replied) => replied?,
                Poll::Pending => self.finish(bytes, &mut reply).await?,
            };
            let Some(Replied { length, body, connection }) = replied else {
                self.receive(buffer, &mut pending, &mut deadline).await?;
                continue;
            };
            #[cfg(feature = "metrics")]
            REQUESTS.increment();
            pending.start += length;
            deadline = None;
            match (body, connection) {
                (Body::Bytes(0), Connection::Closed) => return Err(End::Over),
                (Body::Bytes(0), _) => {}
                (Body::Unread, _) | (_, Connection::Closed) => return Err(End::Unread),
                (Body::Bytes(bytes), _) => {
                    let come = bytes.min(pending.end - pending.start);
                    pending.start += come;
                    // All that had come is used, so the buffer is free.
                    self.skip(buffer, bytes - come).await?;
                }
            }
        }
    }

    /// Answers the request at the beginning of these bytes, as far as the network has room; nothing where it is not whole. Where there is no
    /// room, the same request is read again, which is less than to keep what it says.
    fn reply(&self, context: &mut Context<'_>, bytes: &[u8], reply: &mut Reply) -> Poll<Result<Option<Replied>, End>> {
        let Some((request, length)) = request::parse(bytes).map_err(|status| refusal(status, bytes))? else {
            return Poll::Ready(Ok(None));
        };
        let answer = self.settings.answer(&request);
        ready!(self.poll_send(context, &answer, reply))?;
        Poll::Ready(Ok(Some(Replied { length, body: request.body, connection: answer.connection() })))
    }

    /// Waits for room for the rest of an answer.
    #[inline(never)]
    async fn finish(&self, bytes: &[u8], reply: &mut Reply) -> Result<Option<Replied>, End> {
        let mut replied = Ok(None);
        let rest = poll_fn(|context| {
            replied = ready!(self.reply(context, bytes, reply));
            Poll::Ready(Ok(0))
        });
        within(self.settings.patience, pin!(rest)).await.ok_or(End::Stalled)??;
        replied
    }

    /// Waits for more of a head, up to the end of a line: nothing else makes it whole or wrong, but for its first bytes.
    async fn receive(
        &self,
        buffer: &mut [u8],
        pending: &mut Range<usize>,
        deadline: &mut Option<Instant>,
    ) -> Result<(), End> {
        let Settings { clock, patience, .. } = self.settings;
        if pending.start > 0 {
            buffer.copy_within(pending.clone(), 0);
            *pending = 0..pending.end - pending.start;
        }
        let deadline = *deadline.get_or_insert_with(|| clock.now() + patience);
        loop {
            let room = buffer.get_mut(pending.end..).unwrap_or_default();
            if room.is_empty() {
                if buffer.len() < LONGEST_HEAD_BYTES {
                    return Err(End::Long(deadline));
                }
                return Err(refusal(request::too_large(buffer), buffer));
            }
            let left = deadline.duration_since(clock.now());
            let Some(length) = within(left, pin!(self.stream.read(room))).await else {
                return Err(refusal(Status::RequestTimeout, buffer));
            };
            let come = buffer.get(pending.end..).unwrap_or_default().iter().take(length?);
            let (length, has_line) = (come.len(), come.clone().any(|byte| *byte == b'\n'));
            pending.end += length;
            if length == 0 {
                return Err(End::Over);
            }
            if has_line {
                return Ok(());
            }
        }
    }

    /// Sends an answer without a request.
    async fn send(&self, answer: &Answer<'_>) -> Result<(), End> {
        let mut reply = Reply { date: self.settings.date(), sent: 0, head_bytes: usize::MAX };
        let write = poll_fn(|context| self.poll_send(context, answer, &mut reply).map_ok(|()| 0));
        within(self.settings.patience, pin!(write)).await.ok_or(End::Stalled)??;
        Ok(())
    }

    /// Sends an answer: the head, with a body that is short; one that is long is left to the network where it lies.
    fn poll_send(&self, context: &mut Context<'_>, answer: &Answer<'_>, reply: &mut Reply) -> Poll<Result<(), Error>> {
        let body = answer.body();
        let short = if body.len() <= COPIED_BYTES { body } else { &[] };
        // A head that is longer than a piece of the network's memory is made again for the rest of it.
        while reply.sent < reply.head_bytes {
            reply.sent += ready!(self.stream.poll_write_with(context, |room| {
                reply.head_bytes = answer.write_head(reply.date.as_ref(), reply.sent, room);
                let of_head = reply.head_bytes.saturating_sub(reply.sent).min(room.len());
                let written = of_head + put(room.get_mut(of_head..).unwrap_or_default(), short);
                (written, written)
            }))?;
        }
        match body.get(reply.sent.saturating_sub(reply.head_bytes)..) {
            None | Some([]) => Poll::Ready(Ok(())),
            Some(rest) => self.stream.poll_write_static(context, rest),
        }
    }

    /// Reads and discards this many bytes.
    async fn skip(&self, buffer: &mut [u8], bytes: usize) -> Result<(), End> {
        let Settings { clock, patience, .. } = self.settings;
        let deadline = clock.now() + patience;
        let mut left = bytes;
        while left > 0 {
            let most = left.min(buffer.len());
            let room = buffer.get_mut(..most).unwrap_or_default();
            let limit = deadline.duration_since(clock.now());
            let skipped = within(limit, pin!(self.stream.read(room))).await.ok_or(End::Over)??;
            if skipped == 0 {
                return Err(End::Over);
            }
            left -= skipped;
        }
        Ok(())
    }

    /// Closes a connection that may have unread data.
    async fn leave(&self, buffer: &mut [u8]) {
        // The connection is gone: there is nothing to answer.
        let _ = self.stream.shutdown(Shutdown::Write);
        // Errors no longer matter: the answer has been sent.
        let _ = self.skip(buffer, LEFTOVER_BYTES).await;
    }
}

/// What a call of the stream returns; none after the limit, or before it where others wait for a worker. One function for all calls: each would
/// have all of the timer's code.
async fn within(
    limit: Duration,
    mut call: Pin<&mut dyn Future<Output = Result<usize, Error>>>,
) -> Option<Result<usize, Error>> {
    let mut left = limit;
    loop {
        let step = left.min(LINGER);
        if let Ok(result) = timeout(step, call.as_mut()).await {
            return Some(result);
        }
        left = left.saturating_sub(step);
        if left.is_zero() || IS_WANTED.load(Ordering::Relaxed) {
            return None;
        }
    }
}

/// The end of a connection by a head that is not answered otherwise.
fn refusal(status: Status, head: &[u8]) -> End {
    End::Refused(status, request::is_for_head(head))
}

/// Copies as many bytes as fit; returns how many.
fn put(room: &mut [u8], bytes: &[u8]) -> usize {
    let count = bytes.len().min(room.len());
    if let (Some(room), Some(bytes)) = (room.get_mut(..count), bytes.get(..count)) {
        room.copy_from_slice(bytes);
    }
    count
}

impl Settings {
    /// The answer to a request, and whether the connection stays open.
    fn answer<'a>(&self, request: &Request<'a>) -> Answer<'a> {
        let is_measured = matches!(request.body, Body::Bytes(..=BODY_BYTES));
        let mut answer = self.find(request);
        answer.set_connection(match request.version {
            _ if !request.is_kept || !is_measured => Connection::Closed,
            0 => Connection::KeptAlive,
            _ => Connection::Kept,
        });
        answer
    }

    /// The date, where the clock knows it.
    fn date(&self) -> Option<[u8; FIELD_BYTES]> {
        let wall = if self.has_date { self.clock.wall().ok() } else { None };
        wall.map(|wall| date::of(wall.as_secs()))
    }

    fn find<'a>(&self, request: &Request<'a>) -> Answer<'a> {
        match request.method {
            Method::Get | Method::Head => {}
            Method::Other => return Answer::reason(request, Status::MethodNotAllowed),
            Method::Unknown => return Answer::reason(request, Status::NotImplemented),
        }
        if let Some(file) = path::plain(request.target).and_then(|key| self.site.exact_with_encodings(key)) {
            return represented(request, file);
        }
        let mut path = match Path::parse(request.target) {
            Ok(path) => path,
            Err(Fault::Bad) => return Answer::reason(request, Status::BadRequest),
            Err(Fault::Long) => return Answer::reason(request, Status::NotFound),
        };
        if let Some(file) = path.file().and_then(|key| self.site.exact_with_encodings(key)) {
            return represented(request, file);
        }
        let part = if path.is_folder() { &[] } else { path::last_part(request.target) };
        match path.index().and_then(|key| self.site.exact_with_encodings(key)) {
            // Otherwise relative links on the page would resolve outside the folder.
            Some(_) if !part.is_empty() => Answer::folder(request, part, path::query(request.target)),
            Some(file) => represented(request, file),
            None => Answer::reason(request, Status::NotFound),
        }
    }
}

/// A file as it is embedded: its bytes, their type, and the codings that it is there in besides.
type Embedded = (&'static [u8], &'static str, &'static [Encoding]);

/// The answer with the representation of a file that a request prefers.
#[inline(never)] // it is looked for by several keys
fn represented<'a>(request: &Request<'_>, (bytes, content_type, encodings): Embedded) -> Answer<'a> {
    let is_chosen = !encodings.is_empty();
    let mut file = Representation { content_type, coding: "", bytes, tag: VERSION, is_chosen };
    if is_chosen {
        match encoding::choose(request, encodings.iter().map(|encoding| encoding.coding)) {
            Choice::Identity => {}
            Choice::None => return Answer::not_acceptable(request),
            Choice::Encoded(index) => {
                if let Some(Encoding { coding, bytes }) = encodings.get(index) {
                    let tag = if *coding == "br" { BROTLI_VERSION } else { GZIP_VERSION };
                    file = Representation { coding, bytes, tag, ..file };
                }
            }
        }
    }
    Answer::file(request, &file)
}
