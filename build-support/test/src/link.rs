//! What a machine is asked by, while it runs.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use crate::driver::{Driver, Message};

/// The driver of a machine, and its answers.
pub(crate) struct Link {
    pub(crate) driver: Driver,
    answers: Receiver<Message>,
    pub(crate) forwarded: Vec<Forwarded>,
}

/// A port that is forwarded.
#[derive(Clone, Debug)]
pub(crate) struct Forwarded {
    pub(crate) card: String,
    pub(crate) protocol: &'static str,
    pub(crate) guest: u16,
    pub(crate) host: u16,
}

impl Link {
    pub(crate) fn new(driver: Driver, answers: Receiver<Message>) -> Self {
        Self { driver, answers, forwarded: Vec::new() }
    }

    /// Asks the driver for something; `None` if the machine has ended.
    pub(crate) fn ask(&mut self, words: &str, payload: &str, timeout: Duration) -> Option<Message> {
        self.driver.send(words, payload);
        self.answers.recv_timeout(timeout).ok()
    }
}
