//! One connection: requests are read and answered in order until either side closes.

use core::convert::Infallible;
use core::future::poll_fn;
use core::ops::Range;
use core::time::Duration;
use static_web_http::answer::{Answer, Connection, HEAD_BYTES, PART_BYTES};
use static_web_http::path::{self, Fault, Path};
use static_web_http::request::{self, Body, Method, Request};
use static_web_http::status::Status;
use unikernel_rt::net::{Error, Shutdown, TcpStream};
use unikernel_rt::prelude::*;
use unikernel_rt::{timeout, timeout_at};

/// The most bytes of a request's head.
const REQUEST_BYTES: usize = 4096;
/// The most bytes of an unused body that are read to keep the connection open.
const BODY_BYTES: usize = 64 << 10;
/// The most bytes that are read after a final answer, for clients that read only after they have sent everything.
const LEFTOVER_BYTES: usize = 1 << 20;

/// The version of the site: it changes with any of its files, and caches ask for all of them again.
const VERSION: &str = concat!("\"", env!("SITE_VERSION"), "\"");

/// The state that all connections share.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) site: Kv,
    pub(crate) clock: Clock,
    /// Whether connections are logged on the console.
    pub(crate) is_verbose: bool,
    /// How long a connection may be idle between requests.
    pub(crate) idle: Duration,
    /// How long a head may take from its first byte to its last, and the other side to take anything of an answer.
    pub(crate) patience: Duration,
}

/// Serves a connection until it ends.
#[task(pool_size = crate::NET_SOCKETS)]
pub(crate) async fn serve(stream: TcpStream, number: u64, settings: Settings) {
    let server = Server { stream, settings };
    match server.answer_all(&mut [0; REQUEST_BYTES]).await {
        Err(End::Over) => drop(server),
        Err(End::Unread) => server.leave().await,
        Err(End::Stalled) => server.stream.abort(),
        Err(End::Refused(status)) => match server.send(&Answer::refusal(status)).await {
            Ok(()) => server.leave().await,
            Err(_) => server.stream.abort(),
        },
    }
    if settings.is_verbose {
        println!("conn {number} closed");
    }
}

struct Server {
    stream: TcpStream,
    settings: Settings,
}

/// Why no further request is read.
enum End {
    /// Everything is answered, or the peer has closed or been idle for too long.
    Over,
    /// Everything is answered, but there is unread data, or more may arrive.
    Unread,
    /// The received data is answered with this, and what follows cannot be parsed.
    Refused(Status),
    /// The peer has not accepted any part of an answer for too long.
    Stalled,
}

impl From<Error> for End {
    fn from(_: Error) -> Self {
        End::Over
    }
}

impl Server {
    /// Answers request after request.
    async fn answer_all(&self, buffer: &mut [u8; REQUEST_BYTES]) -> Result<Infallible, End> {
        // Received but not yet processed.
        let mut pending = 0..0;
        let mut deadline = None;
        loop {
            if pending.end > pending.start {
                let bytes = buffer.get(pending.clone()).unwrap_or_default();
                if let Some((request, length)) = request::parse(bytes).map_err(End::Refused)? {
                    let answer = self.settings.answer(&request);
                    let body = request.body;
                    self.send(&answer).await?;
                    pending.start += length;
                    self.pass(body, answer.connection(), &mut pending).await?;
                    deadline = None;
                    continue;
                }
            }
            self.receive(buffer, &mut pending, &mut deadline).await?;
        }
    }

    /// Continues after an answer by skipping the body of its request.
    async fn pass(&self, body: Body, connection: Connection, pending: &mut Range<usize>) -> Result<(), End> {
        match (body, connection) {
            (Body::Bytes(0), Connection::Closed) => Err(End::Over),
            (Body::Bytes(0), _) => Ok(()),
            (Body::Unread, _) | (_, Connection::Closed) => Err(End::Unread),
            (Body::Bytes(bytes), _) => {
                let come = bytes.min(pending.end - pending.start);
                pending.start += come;
                self.skip(bytes - come).await
            }
        }
    }

    /// Waits for more of a head, up to the end of a line: nothing else makes it whole or wrong, but for its first bytes.
    async fn receive(
        &self,
        buffer: &mut [u8; REQUEST_BYTES],
        pending: &mut Range<usize>,
        deadline: &mut Option<Instant>,
    ) -> Result<(), End> {
        let Settings { clock, idle, patience, .. } = self.settings;
        if pending.start > 0 {
            if pending.end > pending.start {
                buffer.copy_within(pending.clone(), 0);
            }
            *pending = 0..pending.end - pending.start;
        }
        if pending.end == 0 {
            return match timeout(idle, self.stream.read_idle(buffer)).await {
                Ok(Ok(length @ 1..)) => {
                    pending.end = length;
                    Ok(())
                }
                Ok(_) | Err(_) => Err(End::Over),
            };
        }
        let deadline = *deadline.get_or_insert_with(|| clock.now() + patience);
        let rest = async {
            loop {
                let room = buffer.get_mut(pending.end..).unwrap_or_default();
                if room.is_empty() {
                    return Err(End::Refused(Status::FieldsTooLarge));
                }
                let length = self.stream.read(room).await?;
                let has_line = room.get(..length).unwrap_or_default().contains(&b'\n');
                pending.end += length;
                match length {
                    0 => return Err(End::Over),
                    _ if has_line => return Ok(()),
                    _ => {}
                }
            }
        };
        timeout_at(deadline, rest).await.unwrap_or(Err(End::Refused(Status::RequestTimeout)))
    }

    /// Sends an answer: the head and as much of the body as fits are sent together.
    async fn send(&self, answer: &Answer<'_>) -> Result<(), End> {
        let body = answer.body();
        let (mut sent, mut head_length) = (0, None);
        while head_length.is_none_or(|length| sent < length + body.len()) {
            let write = poll_fn(|context| {
                self.stream.poll_write_with(context, |room| {
                    let head_length = &mut head_length;
                    let mut written = 0;
                    if head_length.is_none_or(|length| sent < length) {
                        written = match room.first_chunk_mut() {
                            Some(place) if sent == 0 => *head_length.insert(answer.head(place).len()),
                            // Too little in one piece: it is made again, for the rest of it.
                            _ => {
                                let mut elsewhere = [0; HEAD_BYTES];
                                let head = answer.head(&mut elsewhere);
                                *head_length = Some(head.len());
                                put(room, head.get(sent..))
                            }
                        };
                    }
                    let of_body = (sent + written).checked_sub(head_length.unwrap_or(0));
                    let room = room.get_mut(written..).unwrap_or_default();
                    written += put(room, of_body.and_then(|offset| body.get(offset..)));
                    (written, written)
                })
            });
            match timeout(self.settings.patience, write).await {
                Ok(written) => sent += written?,
                Err(_) => return Err(End::Stalled),
            }
        }
        Ok(())
    }

    /// Reads and discards this many bytes.
    async fn skip(&self, bytes: usize) -> Result<(), End> {
        let skip = async {
            let mut left = bytes;
            while left > 0 {
                let look = |come: &[u8]| (come.len().min(left), come.len().min(left));
                match self.stream.read_with(look).await? {
                    0 => return Err(End::Over),
                    skipped => left -= skipped,
                }
            }
            Ok(())
        };
        timeout(self.settings.patience, skip).await.unwrap_or(Err(End::Over))
    }

    /// Closes a connection that may have unread data.
    async fn leave(&self) {
        // The connection is gone: there is nothing to answer.
        let _ = self.stream.shutdown(Shutdown::Write);
        // Errors no longer matter: the answer has been sent.
        let _ = self.skip(LEFTOVER_BYTES).await;
    }
}

/// Copies as many bytes as fit; returns how many.
fn put(room: &mut [u8], bytes: Option<&[u8]>) -> usize {
    let bytes = bytes.unwrap_or_default();
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
        self.find(request).with(match request.version {
            _ if !request.is_kept || !is_measured => Connection::Closed,
            0 => Connection::KeptAlive,
            _ => Connection::Kept,
        })
    }

    fn find<'a>(&self, request: &Request<'a>) -> Answer<'a> {
        if request.method == Method::Other {
            return Answer::reason(request, Status::MethodNotAllowed);
        }
        let file = |key: &[u8]| self.file(request, key);
        if let Some(answer) = path::plain(request.target).and_then(file) {
            return answer;
        }
        let mut path = match Path::parse(request.target) {
            Ok(path) => path,
            Err(Fault::Bad) => return Answer::reason(request, Status::BadRequest),
            Err(Fault::Long) => return Answer::reason(request, Status::NotFound),
        };
        if let Some(answer) = path.file().and_then(file) {
            return answer;
        }
        let part = if path.is_folder() { &[] } else { path::last_part(request.target) };
        match path.index().and_then(file) {
            // Otherwise relative links on the page would resolve outside the folder.
            Some(_) if (1..PART_BYTES).contains(&part.len()) => Answer::folder(request, part),
            Some(answer) => answer,
            None => Answer::reason(request, Status::NotFound),
        }
    }

    #[inline(never)] // it is looked for by several keys
    fn file<'a>(&self, request: &Request<'_>, key: &[u8]) -> Option<Answer<'a>> {
        let (file, content_type) = self.site.exact(key)?;
        Some(Answer::file(request, content_type, VERSION, file))
    }
}
