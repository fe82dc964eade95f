//! One connection: requests are read and answered in order until either side closes.

use crate::workers::{LINGER, WORKERS, Worker, is_wanted, note_left, within};
use crate::{date, site};
use core::convert::Infallible;
use core::future::poll_fn;
use core::ops::Range;
use core::pin::pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use static_web_http::answer::{Answer, Connection};
use static_web_http::date::FIELD_BYTES;
use static_web_http::request::{self, Body};
use static_web_http::status::Status;
#[cfg(feature = "metrics")]
use unikernel_rt::metrics::{Counter, Metric};
use unikernel_rt::net::{Error, Shutdown, TcpStream};
use unikernel_rt::prelude::*;
use unikernel_rt::{TimedOut, timeout};

/// The bytes of nearly every request's head, and the most that one may have.
const HEAD_BYTES: usize = 1024;
const LONGEST_HEAD_BYTES: usize = 4096;
/// The most bytes that are read after a final answer, for clients that read only after they have sent everything.
const LEFTOVER_BYTES: usize = 1 << 20;

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

/// A connection that was accepted. Its listener has it back where there is no task for it.
pub(crate) struct Incoming(Option<TcpStream>);

impl Incoming {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Incoming(Some(stream))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Some(stream) = self.0.take() {
            stream.requeue(None);
        }
    }
}

/// Serves a connection until it ends, or is idle.
#[task(pool_size = WORKERS)]
pub(crate) async fn serve(mut incoming: Incoming, number: u64, settings: Settings, _worker: Worker) {
    let Some(stream) = incoming.0.take() else { return };
    let server = Server { stream, settings };
    let mut buffer = [0; HEAD_BYTES];
    let mut end = server.answer_all(&mut buffer, 0, None).await;
    if let Err(End::Long(deadline)) = end {
        // Not before there is one, as all of it has to be written first.
        let mut longest = [0; LONGEST_HEAD_BYTES];
        let received = put(&mut longest, &buffer);
        end = server.answer_all(&mut longest, received, Some(deadline)).await;
    }
    note_left();
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
                let linger = if is_wanted() { Duration::ZERO } else { idle };
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
        let answer = site::answer(self.settings.site, &request);
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
    /// The date, where the clock knows it.
    fn date(&self) -> Option<[u8; FIELD_BYTES]> {
        let wall = if self.has_date { self.clock.wall().ok() } else { None };
        wall.map(|wall| date::of(wall.as_secs()))
    }
}
