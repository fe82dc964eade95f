//! The head of a request, as far as probes and scrapers need it: method and path, and where it ends.

/// Bytes of a request line that are looked at; longer ones ask for nothing that there is.
const LINE_BYTES: usize = 64;
/// The most bytes of a head.
const MOST: usize = 8 << 10;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    Live,
    Ready,
    Metrics,
    /// Something else.
    Unknown,
    /// By another method than GET or HEAD.
    WrongMethod,
    /// It is no request of HTTP/1.
    Malformed,
    TooLarge,
}

/// A head that is being received.
pub(super) struct Head {
    line: [u8; LINE_BYTES],
    line_bytes: usize,
    is_first_line: bool,
    /// Whether nothing has come of the current line yet.
    is_line_empty: bool,
    bytes: usize,
}

impl Head {
    pub(super) const fn new() -> Self {
        Head { line: [0; LINE_BYTES], line_bytes: 0, is_first_line: true, is_line_empty: true, bytes: 0 }
    }

    /// Takes what has come; gives what is wanted, and whether by HEAD, once the head is whole.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<(Wanted, bool)> {
        for byte in bytes {
            self.bytes += 1;
            match byte {
                b'\n' if self.is_line_empty && !self.is_first_line => return Some(self.wanted()),
                // RFC 9112, section 2.2: empty lines before a request are skipped.
                b'\n' => {
                    self.is_first_line &= self.is_line_empty;
                    self.is_line_empty = true;
                }
                b'\r' => {}
                _ => {
                    self.is_line_empty = false;
                    if self.is_first_line
                        && let Some(place) = self.line.get_mut(self.line_bytes)
                    {
                        *place = *byte;
                        self.line_bytes += 1;
                    }
                }
            }
        }
        (self.bytes > MOST).then_some((Wanted::TooLarge, false))
    }

    fn wanted(&self) -> (Wanted, bool) {
        let line = self.line.get(..self.line_bytes).unwrap_or_default();
        let mut words = line.split(|byte| *byte == b' ');
        let (method, target, version) = (words.next(), words.next(), words.next());
        let is_cut = self.line_bytes == LINE_BYTES;
        let (Some(method), Some(target)) = (method, target) else { return (Wanted::Malformed, false) };
        let is_http = version.is_some_and(|version| version.starts_with(b"HTTP/1.")) && words.next().is_none();
        if !is_cut && !is_http {
            return (Wanted::Malformed, false);
        }
        let is_head = method == b"HEAD";
        let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
        let wanted = match path {
            _ if !is_head && method != b"GET" => Wanted::WrongMethod,
            b"/livez" => Wanted::Live,
            b"/readyz" => Wanted::Ready,
            b"/metrics" => Wanted::Metrics,
            _ => Wanted::Unknown,
        };
        (wanted, is_head)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    fn wanted(head: &str) -> Option<(Wanted, bool)> {
        let whole = Head::new().take(head.as_bytes());
        let mut piecemeal = Head::new();
        let found = head.as_bytes().chunks(1).find_map(|byte| piecemeal.take(byte));
        assert_eq!(whole, found, "{head}");
        whole
    }

    #[test]
    fn probes_are_understood() {
        for (head, expected, is_head) in [
            ("GET /livez HTTP/1.1\r\nHost: 10.0.0.2:9090\r\nUser-Agent: kube-probe/1.31\r\n\r\n", Wanted::Live, false),
            ("HEAD /readyz HTTP/1.1\r\nHost: h\r\n\r\n", Wanted::Ready, true),
            ("\r\nGET /metrics?name[]=a HTTP/1.0\n\n", Wanted::Metrics, false),
            ("GET / HTTP/1.1\r\n\r\n", Wanted::Unknown, false),
            ("GET /livezz HTTP/1.1\r\n\r\n", Wanted::Unknown, false),
            ("POST /metrics HTTP/1.1\r\n\r\n", Wanted::WrongMethod, false),
            ("hello\r\n\r\n", Wanted::Malformed, false),
            ("GET /livez\r\n\r\n", Wanted::Malformed, false),
            ("GET /livez HTTP/2.0\r\n\r\n", Wanted::Malformed, false),
            ("GET /livez HTTP/1.1 x\r\n\r\n", Wanted::Malformed, false),
        ] {
            assert_eq!(wanted(head), Some((expected, is_head)), "{head}");
        }
        let long = std::format!("GET /livez{} HTTP/1.1\r\n\r\n", "a".repeat(100));
        assert_eq!(wanted(&long), Some((Wanted::Unknown, false)));
    }

    #[test]
    fn a_head_ends_with_an_empty_line_or_too_late() {
        for head in ["", "\r\n\r\n", "GET /livez HTTP/1.1\r\n", "GET /livez HTTP/1.1\r\nA: b\r\n"] {
            assert_eq!(wanted(head), None, "{head:?}");
        }
        let mut head = Head::new();
        assert_eq!(head.take(b"GET /livez HTTP/1.1\r\n"), None);
        let more = core::iter::repeat_with(|| head.take(&[b'a'; 100])).take(100);
        assert_eq!(more.flatten().next(), Some((Wanted::TooLarge, false)));
    }

    #[test]
    fn nothing_that_comes_makes_it_panic() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..crate::test_cases::cases() / 100 {
            let mut head = Head::new();
            for _ in 0..random.usize(..8) {
                let bytes: [u8; 48] =
                    core::array::from_fn(|_| *b"GET /livez\r\n\n HTTP/1.? ".get(random.usize(..23)).unwrap_or(&0));
                let _ = head.take(bytes.get(random.usize(..48)..).unwrap_or_default());
            }
        }
    }
}
