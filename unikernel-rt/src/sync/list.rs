//! A list of statics that only grows, for items that are visited regularly.

use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// A list of values that live for ever; the one that was added last comes first.
pub(crate) struct List<T: 'static> {
    first: AtomicPtr<Node<T>>,
}

/// A value with its link in a list.
pub(crate) struct Node<T: 'static> {
    next: AtomicPtr<Node<T>>,
    /// Whether it is in a list, or being added; `next` then belongs to that list.
    is_listed: AtomicBool,
    value: T,
}

impl<T: 'static> Node<T> {
    pub(crate) const fn new(value: T) -> Self {
        Node { next: AtomicPtr::new(ptr::null_mut()), is_listed: AtomicBool::new(false), value }
    }

    #[cfg(feature = "net")]
    pub(crate) const fn value(&self) -> &T {
        &self.value
    }
}

impl<T: Sync + 'static> List<T> {
    /// An empty list.
    pub(crate) const fn new() -> Self {
        List { first: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Adds a node, unless it is in a list already.
    #[inline]
    pub(crate) fn add(&self, node: &'static Node<T>) {
        if !node.is_listed.load(Ordering::Relaxed) {
            self.add_first(node);
        }
    }

    #[cold]
    #[inline(never)]
    fn add_first(&self, node: &'static Node<T>) {
        if node.is_listed.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut first = self.first.load(Ordering::Relaxed);
        loop {
            node.next.store(first, Ordering::Relaxed);
            let added = ptr::from_ref(node).cast_mut();
            match self.first.compare_exchange(first, added, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(other) => first = other,
            }
        }
    }

    /// Iterates over the values, without those that are added meanwhile.
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static T> {
        let mut next = self.first.load(Ordering::Acquire);
        core::iter::from_fn(move || {
            // SAFETY: `add` alone sets these pointers, to nodes that live for ever and are shared from then on. It requires
            // `T: Sync`, so a shared reference to the value is fine on any thread.
            let node: &'static Node<T> = unsafe { next.as_ref() }?;
            next = node.next.load(Ordering::Acquire);
            Some(&node.value)
        })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{List, Node};
    use std::boxed::Box;
    use std::vec::Vec;

    #[test]
    fn each_value_is_there_once_the_last_one_first() {
        static LIST: List<u8> = List::new();
        static NODES: [Node<u8>; 3] = [Node::new(1), Node::new(2), Node::new(3)];
        assert_eq!(LIST.iter().count(), 0);
        for node in NODES.iter().chain(&NODES) {
            LIST.add(node);
        }
        assert_eq!(LIST.iter().copied().collect::<Vec<_>>(), [3, 2, 1]);
    }

    #[test]
    fn a_node_stays_in_its_first_list() {
        static NODE: Node<u8> = Node::new(1);
        let (one, other) = (List::new(), List::new());
        one.add(&NODE);
        other.add(&NODE);
        assert_eq!((one.iter().count(), other.iter().count()), (1, 0));
    }

    #[test]
    fn what_is_added_during_a_walk_is_in_the_next_one() {
        let list = List::new();
        list.add(Box::leak(Box::new(Node::new(1))));
        let seen = list.iter().inspect(|_| list.add(Box::leak(Box::new(Node::new(2))))).count();
        assert_eq!((seen, list.iter().count()), (1, 2));
    }

    #[test]
    fn threads_that_add_at_once_lose_nothing() {
        static LIST: List<usize> = List::new();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    (0..250).for_each(|index| LIST.add(Box::leak(Box::new(Node::new(thread * 250 + index)))));
                });
            }
        });
        let mut all = LIST.iter().copied().collect::<Vec<_>>();
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Vec<_>>());
    }
}
