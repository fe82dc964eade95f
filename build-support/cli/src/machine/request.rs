//! A shutdown request: when to repeat it, when to inform the user, and when to time out.

use std::time::{Duration, Instant};

/// The timeout, after which the machine is ended.
const PATIENCE: Duration = Duration::from_secs(5);

/// The delay before the user is informed about the pending request.
const REMARK: Duration = Duration::from_secs(1);

/// The interval of repetition: a kernel that has not halted yet misses the request, and repetitions are harmless.
const AGAIN: Duration = Duration::from_millis(200);

/// A pending request.
#[derive(Debug)]
pub(super) struct Request {
    /// The signal, or the signal of the key, that caused it.
    pub(super) signal: i32,
    /// When the next step is due.
    pub(super) due: Instant,
    since: Instant,
    has_remarked: bool,
}

/// An action that is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// Press the power button.
    Ask,
    /// Press the power button, and inform the user.
    AskAndTell,
    /// End the machine.
    End,
}

impl Request {
    /// A new request, whose first step is due at once.
    pub(super) fn new(signal: i32, now: Instant) -> Self {
        Self { signal, due: now, since: now, has_remarked: false }
    }

    /// Returns the step that is due, and schedules the next one.
    pub(super) fn step(&mut self, now: Instant) -> Step {
        self.due = now + AGAIN;
        let waited = now.duration_since(self.since);
        if waited >= PATIENCE {
            Step::End
        } else if waited >= REMARK && !std::mem::replace(&mut self.has_remarked, true) {
            Step::AskAndTell
        } else {
            Step::Ask
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_again_tells_once_and_loses_patience() {
        let start = Instant::now();
        let mut request = Request::new(2, start);
        let (mut told, mut steps) = (Vec::new(), 0);
        loop {
            let now = request.due;
            match request.step(now) {
                Step::Ask => {}
                Step::AskAndTell => told.push(now - start),
                Step::End => break assert_eq!(now - start, PATIENCE),
            }
            steps += 1;
        }
        assert_eq!((told, steps), (vec![REMARK], 25));
    }
}
