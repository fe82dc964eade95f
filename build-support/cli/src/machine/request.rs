//! A kernel that was asked to stop: when to ask again, when to tell the user, and when to wait no longer.

use std::time::{Duration, Instant};

/// How long a kernel may take to finish before its machine is ended.
const PATIENCE: Duration = Duration::from_secs(5);

/// When the user is told that the kernel is being waited for.
const REMARK: Duration = Duration::from_secs(1);

/// How often it is asked: one that has not halted yet does not hear, and one that heard does not mind.
const AGAIN: Duration = Duration::from_millis(200);

/// A request that is under way.
#[derive(Debug)]
pub(super) struct Request {
    /// The signal, or that of the key, by which the user made it.
    pub(super) signal: i32,
    /// When the next step is due.
    pub(super) due: Instant,
    since: Instant,
    has_remarked: bool,
}

/// What to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// Press the power button.
    Ask,
    /// That, and tell the user.
    AskAndTell,
    /// End the machine.
    End,
}

impl Request {
    /// A request whose first step is due.
    pub(super) fn new(signal: i32, now: Instant) -> Self {
        Self { signal, due: now, since: now, has_remarked: false }
    }

    /// Takes the step that is due.
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
