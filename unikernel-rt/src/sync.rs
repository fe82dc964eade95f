//! Types for statics: locks that report a conflict, hooks, lists, and memory that is taken once.
//!
//! Flags and numbers are plain atomics; a value that is set once is a `spin::Once`. On one processor an uncontended atomic costs
//! as much as a plain access. Every type here is sound for every safe caller, including re-entrance, `mem::forget`, panics and
//! other threads. A conflict is a panic with the static's name. Nothing spins: on one processor the holder of the lock could
//! never release it.

mod hook;
mod host_cell;
mod list;
mod lock;
mod take_once;

#[cfg(all(feature = "std", any(unikernel, test)))]
pub(crate) use hook::Function;
pub(crate) use hook::Hook;
pub(crate) use host_cell::HostCell;
pub(crate) use list::{List, Node};
#[cfg(any(feature = "heap", feature = "net"))]
pub(crate) use lock::conflict;
pub(crate) use lock::{Lock, Name, lock};
#[cfg(feature = "net")]
pub(crate) use take_once::Uninit;
#[cfg(feature = "net")]
pub(crate) use take_once::bytes_mut;
pub(crate) use take_once::{TakeOnce, fill_from};
