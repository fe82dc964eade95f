//! What a socket can do now.

/// A snapshot: whoever finds nothing registers a waker, which is woken when it changes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Readiness {
    /// Reading gives bytes, a connection, the end, or an error.
    pub readable: bool,
    /// Writing takes bytes, or gives an error.
    pub writable: bool,
    /// An error waits to be taken.
    pub failed: bool,
    /// The peer sends no more.
    pub is_read_closed: bool,
    /// Nothing more can be sent.
    pub is_write_closed: bool,
}
