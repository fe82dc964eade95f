//! `epoll`: which of many descriptors have become ready.
//!
//! Each descriptor that is watched has an item with a waker of its own. A change of the object puts the item on the list of its epoll;
//! a call that waits computes what the items of that list are ready for, and no others.

use super::descriptors::{self, Kind, O_CLOEXEC, O_RDWR, Object, Status, object};
use super::errno::{EBADF, EEXIST, EFAULT, EINVAL, ENOENT, EPERM, Errno, fail, status};
use super::poll;
use super::readiness::{Readiness, Watchers};
use crate::sync::{Lock, Name};
use crate::threads;
use alloc::collections::VecDeque;
use alloc::sync::{Arc, Weak};
use alloc::task::Wake;
use alloc::vec::Vec;
use core::any::Any;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;

const EPOLLET: u32 = 1 << 31;
const EPOLLONESHOT: u32 = 1 << 30;

/// C's `struct epoll_event`.
#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Event {
    events: u32,
    data: u64,
}

/// What is asked of an item; nothing once that has been told, where it was to be told once.
#[derive(Clone, Copy)]
struct Asked {
    events: u32,
    data: u64,
}

/// A descriptor that is watched.
struct Item {
    epoll: Weak<Epoll>,
    object: Weak<dyn Object>,
    /// Its descriptor.
    file: usize,
    asked: Lock<Option<Asked>, Asked>,
    /// Whether it is in the list of its epoll.
    is_listed: AtomicBool,
    is_removed: AtomicBool,
}

impl Name for Asked {
    const NAME: &'static str = "item of an epoll";
}

impl Item {
    /// Puts it on the list, because it may be ready.
    fn list(self: &Arc<Self>) {
        if !self.is_listed.swap(true, Ordering::Relaxed)
            && let Some(epoll) = self.epoll.upgrade()
        {
            epoll.listed.with(|listed| listed.push_back(self.clone()));
            epoll.watchers.wake();
        }
    }
}

impl Wake for Item {
    fn wake(self: Arc<Self>) {
        self.list();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.list();
    }
}

struct Epoll {
    /// By their descriptors, which are small numbers.
    items: Lock<Vec<Option<Arc<Item>>>, Epoll>,
    /// The items that may be ready.
    listed: Lock<VecDeque<Arc<Item>>, Epoll>,
    watchers: Watchers,
}

impl Name for Epoll {
    const NAME: &'static str = "epoll";
}

impl Epoll {
    /// Adds a descriptor, changes what is asked of it, or removes it.
    fn control(self: &Arc<Self>, operation: c_int, file: c_int, asked: Option<Event>) -> Result<(), Errno> {
        const EPOLL_CTL_ADD: c_int = 1;
        const EPOLL_CTL_DEL: c_int = 2;
        const EPOLL_CTL_MOD: c_int = 3;
        let object = object(file)?;
        let file = usize::try_from(file).map_err(|_| EBADF)?;
        let known = self.items.with(|items| {
            let known = items.get(file).cloned().flatten();
            known.filter(|item| core::ptr::addr_eq(item.object.as_ptr(), Arc::as_ptr(&object)))
        });
        let asked = asked.map(|Event { events, data }| Asked { events, data });
        match (operation, known) {
            (EPOLL_CTL_ADD, Some(_)) => Err(EEXIST),
            (EPOLL_CTL_ADD, None) => {
                if matches!(object.status()?.kind, Kind::File | Kind::Directory) {
                    return Err(EPERM);
                }
                let item = Arc::new(Item {
                    epoll: Arc::downgrade(self),
                    object: Arc::downgrade(&object),
                    file,
                    asked: Lock::new(asked),
                    is_listed: AtomicBool::new(false),
                    is_removed: AtomicBool::new(false),
                });
                // What had this descriptor before is closed.
                let earlier = self.items.with(|items| {
                    if file >= items.len() {
                        items.resize(file + 1, None);
                    }
                    items[file].replace(item.clone())
                });
                if let Some(earlier) = earlier {
                    earlier.is_removed.store(true, Ordering::Relaxed);
                }
                item.list();
                Ok(())
            }
            (EPOLL_CTL_MOD, Some(item)) => {
                item.asked.with(|now| *now = asked);
                item.list();
                Ok(())
            }
            (EPOLL_CTL_DEL, Some(item)) => {
                self.remove(&item);
                Ok(())
            }
            (EPOLL_CTL_MOD | EPOLL_CTL_DEL, None) => Err(ENOENT),
            _ => Err(EINVAL),
        }
    }

    fn remove(&self, item: &Arc<Item>) {
        item.is_removed.store(true, Ordering::Relaxed);
        let is_current = |current: &mut Arc<Item>| Arc::ptr_eq(current, item);
        let removed = self.items.with(|items| items.get_mut(item.file)?.take_if(is_current));
        drop(removed);
    }

    /// Takes items off the list, `left` at most, until one has something to tell.
    fn next(&self, left: &mut usize) -> Option<(Arc<Item>, Asked, u32)> {
        while let Some(rest) = left.checked_sub(1) {
            *left = rest;
            let item = self.listed.with(VecDeque::pop_front)?;
            item.is_listed.store(false, Ordering::Relaxed);
            if item.is_removed.load(Ordering::Relaxed) {
                continue;
            }
            let Some(object) = item.object.upgrade() else {
                self.remove(&item);
                continue;
            };
            // Before: what changes in between is not missed.
            object.watch(&Waker::from(item.clone()));
            let Some(asked) = item.asked.with(|asked| *asked) else { continue };
            let found = bits(poll::events(object.readiness())) & (asked.events | bits(poll::ALWAYS));
            if found != 0 {
                return Some((item, asked, found));
            }
        }
        None
    }

    /// Tells what has become ready, of as many as there is room for; how many.
    ///
    /// # Safety
    /// `to` is valid for that many writes.
    unsafe fn tell(&self, to: *mut Event, room: usize) -> usize {
        let mut left = self.listed.with(|listed| listed.len());
        let mut count = 0;
        while count < room
            && let Some((item, Asked { events, data }, found)) = self.next(&mut left)
        {
            // SAFETY: the caller's promise.
            unsafe { to.add(count).write_unaligned(Event { events: found, data }) };
            count += 1;
            if events & EPOLLONESHOT != 0 {
                item.asked.with(|asked| *asked = None);
            } else if events & EPOLLET == 0 && !item.is_listed.swap(true, Ordering::Relaxed) {
                // It is told again for as long as it is ready.
                self.listed.with(|listed| listed.push_back(item));
            }
        }
        count
    }

    /// # Safety
    /// `to` is valid for `room` writes.
    unsafe fn wait(&self, to: *mut Event, room: c_int, timeout_ms: c_int) -> Result<usize, Errno> {
        let room = usize::try_from(room).ok().filter(|room| *room > 0).ok_or(EINVAL)?;
        if to.is_null() {
            return Err(EFAULT);
        }
        if timeout_ms == 0 {
            threads::poll_devices();
        }
        // SAFETY: the caller's promise.
        let attempt = || Some(unsafe { self.tell(to, room) }).filter(|count| *count > 0);
        let mut told = attempt();
        if told.is_none() && timeout_ms != 0 {
            told = threads::wait(poll::deadline(timeout_ms)?, |waker| {
                self.watchers.add(waker);
                attempt()
            });
        }
        Ok(told.unwrap_or(0))
    }
}

fn bits(events: core::ffi::c_short) -> u32 {
    events.cast_unsigned().into()
}

/// An epoll is readable while one of its items has something to tell.
impl Object for Epoll {
    fn status(&self) -> Result<Status, Errno> {
        Ok(Status { kind: Kind::Anonymous, ..Status::default() })
    }

    fn readiness(&self) -> Readiness {
        let mut left = self.listed.with(|listed| listed.len());
        let Some((item, ..)) = self.next(&mut left) else { return Readiness::NONE };
        if !item.is_listed.swap(true, Ordering::Relaxed) {
            self.listed.with(|listed| listed.push_front(item));
        }
        Readiness::READABLE
    }

    fn watch(&self, waker: &Waker) {
        self.watchers.add(waker);
    }
}

fn open(flags: c_int) -> Result<c_int, Errno> {
    if flags & !O_CLOEXEC != 0 {
        return Err(EINVAL);
    }
    let (items, listed) = (Lock::new(Vec::new()), Lock::new(VecDeque::new()));
    descriptors::open(Arc::new(Epoll { items, listed, watchers: Watchers::new() }), O_RDWR | flags)
}

fn epoll(file: c_int) -> Result<Arc<Epoll>, Errno> {
    let object: Arc<dyn Any + Send + Sync> = object(file)?;
    object.downcast().map_err(|_| EINVAL)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn epoll_create1(flags: c_int) -> c_int {
    open(flags).unwrap_or_else(fail)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn epoll_ctl(of: c_int, operation: c_int, file: c_int, asked: *const Event) -> c_int {
    // SAFETY: the caller's promise: it points to an event, or to nothing.
    let asked = (!asked.is_null()).then(|| unsafe { asked.read_unaligned() });
    status(epoll(of).and_then(|epoll| epoll.control(operation, file, asked)))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn epoll_wait(of: c_int, to: *mut Event, room: c_int, timeout_ms: c_int) -> c_int {
    // SAFETY: the caller's promise.
    let told = epoll(of).and_then(|epoll| unsafe { epoll.wait(to, room, timeout_ms) });
    told.map_or_else(fail, |count| count as c_int)
}

/// The same: no signal interrupts a call.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn epoll_pwait(
    of: c_int,
    to: *mut Event,
    room: c_int,
    timeout_ms: c_int,
    _signals: *const c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { epoll_wait(of, to, room, timeout_ms) }
}
