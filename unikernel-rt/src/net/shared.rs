//! Stacks that handles share, polled together.

use super::configuration::Configuration;
use super::memory::Tables;
use super::stack::{NEVER, Stack};
use crate::drivers::virtio::net::Card;
use crate::sync::{List, Lock, Name, Node};
use crate::tasks::poll::Poller;
use core::mem::MaybeUninit;

/// A stack that handles share. It is used in short sections, one at a time.
pub(crate) struct Shared(Lock<Stack, Shared>);

impl Name for Shared {
    const NAME: &'static str = "net";
}

/// All stacks.
static STACKS: List<Shared> = List::new();
static POLLER: Poller = Poller::new(poll_all);

fn poll_all() -> u64 {
    STACKS.iter().fold(NEVER, |deadline, shared| deadline.min(shared.with(Stack::poll)))
}

/// Whether any of them looks for frames, so that the processor must not halt.
#[cfg(feature = "busy-poll")]
fn look_on() -> bool {
    // All are asked: those that do not look are to be interrupted.
    STACKS.iter().fold(false, |looks_on, shared| looks_on | shared.with(Stack::looks_on))
}

impl Shared {
    /// Makes a stack in `memory` and has it polled from now on.
    pub(crate) fn attach(
        memory: &'static mut MaybeUninit<Node<Shared>>,
        card: Card,
        tables: Tables,
        configuration: &Configuration,
    ) -> &'static Self {
        #[cfg(feature = "fragments")]
        let mut tables = tables;
        #[cfg(feature = "fragments")]
        let fragments = core::mem::take(&mut tables.fragments);
        let node: &'static Node<Shared> =
            memory.write(Node::new(Shared(Lock::new(Stack::new(card, tables, configuration)))));
        let shared = node.value();
        #[cfg(feature = "fragments")]
        shared.with(|stack| stack.core.link().set_fragments(fragments));
        shared.with(|stack| stack.configure(configuration));
        STACKS.add(node);
        #[cfg(not(feature = "sockets"))]
        POLLER.join();
        #[cfg(feature = "sockets")]
        POLLER.join_with_deadlines(crate::time::halt_until);
        #[cfg(feature = "busy-poll")]
        crate::tasks::poll::ask_before_halting(look_on);
        shared
    }

    /// All that there are.
    #[cfg(feature = "metrics")]
    pub(super) fn all() -> impl Iterator<Item = &'static Shared> {
        STACKS.iter()
    }

    /// Lends the stack.
    ///
    /// # Panics
    /// Panics if it is lent already: a waker of the application's own, called by the network, has come back here.
    #[inline]
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut Stack) -> R) -> R {
        self.0.with(act)
    }
}
