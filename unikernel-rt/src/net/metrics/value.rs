//! The application's own metrics: statics that it counts in.

use core::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// The most bytes of a name, a help text, and a label's value, so that a line of each fits into its buffer.
pub(super) const NAME_BYTES: usize = 100;
pub(super) const HELP_BYTES: usize = 200;
pub(super) const LABEL_BYTES: usize = 60;

/// A number that only grows, such as requests that were answered. It begins at 0 with each boot.
///
/// ```
/// use unikernel_rt::metrics::Counter;
///
/// static FOUND: Counter = Counter::new("shop_requests_total", "Requests by status").label("code", "200");
/// static MISSED: Counter = Counter::new("shop_requests_total", "Requests by status").label("code", "404");
/// FOUND.increment();
/// MISSED.add(2);
/// assert_eq!((FOUND.get(), MISSED.get()), (1, 2));
/// ```
#[derive(Debug)]
pub struct Counter {
    about: Described,
    value: AtomicU64,
}

/// A number that goes up and down, such as players who are connected.
///
/// ```
/// use unikernel_rt::metrics::Gauge;
///
/// static PLAYERS: Gauge = Gauge::new("game_players", "Players who are connected");
/// PLAYERS.add(3);
/// PLAYERS.add(-1);
/// assert_eq!(PLAYERS.get(), 2);
/// PLAYERS.set(0);
/// ```
#[derive(Debug)]
pub struct Gauge {
    about: Described,
    value: AtomicI64,
}

/// A [`Counter`] or a [`Gauge`].
///
/// ```
/// use unikernel_rt::metrics::{Counter, Gauge, Metric};
///
/// static ORDERS: Counter = Counter::new("shop_orders_total", "Orders that were taken");
/// static CUSTOMERS: Gauge = Gauge::new("shop_customers", "Customers who are connected");
/// static METRICS: &[&dyn Metric] = &[&ORDERS, &CUSTOMERS];
/// ```
#[expect(private_bounds, reason = "nobody else's")]
pub trait Metric: Series + Sync {}

impl<T: Series + Sync> Metric for T {}

/// What is written of a metric.
pub(super) trait Series {
    fn about(&self) -> &Described;
    /// Its sign and its number: negative where it is.
    fn number(&self) -> (bool, u64);
    fn kind(&self) -> &'static str;
}

/// What it is called, and what for.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) label: Option<(&'static str, &'static str)>,
}

impl Counter {
    /// A counter. The name ends with `_total` (Prometheus' convention) and begins with that of the application.
    ///
    /// # Panics
    /// Panics where the name is none (letters, digits, `_` and `:`, at most 100), the help text has a line break or a backslash, or is
    /// longer than 200 bytes. In a static, that is a compile error.
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        let [.., b'_', b't', b'o', b't', b'a', b'l'] = name.as_bytes() else {
            panic!("the name of a counter ends with `_total`");
        };
        Counter { about: Described::new(name, help), value: AtomicU64::new(0) }
    }

    /// The same with a label: one of several of its name.
    ///
    /// # Panics
    /// Panics where the name or value of the label is none. In a static, that is a compile error.
    #[must_use]
    pub const fn label(self, name: &'static str, value: &'static str) -> Self {
        Counter { about: self.about.label(name, value), value: AtomicU64::new(0) }
    }

    /// Counts one.
    #[inline]
    pub fn increment(&self) {
        self.add(1);
    }

    /// Counts so many.
    #[inline]
    pub fn add(&self, count: u64) {
        self.value.fetch_add(count, Relaxed);
    }

    /// How many were counted.
    pub fn get(&self) -> u64 {
        self.value.load(Relaxed)
    }
}

impl Gauge {
    /// A gauge, at 0.
    ///
    /// # Panics
    /// As [`Counter::new`], and where the name ends with `_total`.
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        if let [.., b'_', b't', b'o', b't', b'a', b'l'] = name.as_bytes() {
            panic!("the name of a counter ends with `_total`, that of a gauge does not");
        }
        Gauge { about: Described::new(name, help), value: AtomicI64::new(0) }
    }

    /// The same with a label: one of several of its name.
    ///
    /// # Panics
    /// As [`Counter::label`].
    #[must_use]
    pub const fn label(self, name: &'static str, value: &'static str) -> Self {
        Gauge { about: self.about.label(name, value), value: AtomicI64::new(0) }
    }

    /// Sets it.
    #[inline]
    pub fn set(&self, value: i64) {
        self.value.store(value, Relaxed);
    }

    /// Moves it, down where `change` is negative.
    #[inline]
    pub fn add(&self, change: i64) {
        self.value.fetch_add(change, Relaxed);
    }

    /// Where it is.
    pub fn get(&self) -> i64 {
        self.value.load(Relaxed)
    }
}

impl Series for Counter {
    fn about(&self) -> &Described {
        &self.about
    }

    fn number(&self) -> (bool, u64) {
        (false, self.get())
    }

    fn kind(&self) -> &'static str {
        "counter"
    }
}

impl Series for Gauge {
    fn about(&self) -> &Described {
        &self.about
    }

    fn number(&self) -> (bool, u64) {
        (self.get() < 0, self.get().unsigned_abs())
    }

    fn kind(&self) -> &'static str {
        "gauge"
    }
}

impl Described {
    pub(super) const fn new(name: &'static str, help: &'static str) -> Self {
        assert!(
            is_name(name) && name.len() <= NAME_BYTES,
            "a metric's name has letters, digits, `_` and `:`, at most 100"
        );
        assert!(
            is_plain(help) && help.len() <= HELP_BYTES,
            "a help text is one line of at most 200 bytes without a backslash"
        );
        Described { name, help, label: None }
    }

    const fn label(self, name: &'static str, value: &'static str) -> Self {
        assert!(is_name(name) && name.len() <= LABEL_BYTES, "a label's name has letters, digits and `_`, at most 60");
        assert!(
            is_plain(value) && value.len() <= LABEL_BYTES,
            "a label's value is one line of at most 60 bytes without a quote or a backslash"
        );
        Described { name: self.name, help: self.help, label: Some((name, value)) }
    }
}

/// Whether this can be a name: a letter, then letters and digits.
const fn is_name(name: &str) -> bool {
    let [b'a'..=b'z' | b'A'..=b'Z' | b'_', ..] = name.as_bytes() else { return false };
    let mut bytes = name.as_bytes();
    while let [byte, rest @ ..] = bytes {
        if !(byte.is_ascii_alphanumeric() || matches!(*byte, b'_' | b':')) {
            return false;
        }
        bytes = rest;
    }
    true
}

/// Whether nothing in it has to be escaped.
const fn is_plain(text: &str) -> bool {
    let mut bytes = text.as_bytes();
    while let [byte, rest @ ..] = bytes {
        if matches!(*byte, b'\n' | b'\r' | b'\\' | b'"') {
            return false;
        }
        bytes = rest;
    }
    true
}
