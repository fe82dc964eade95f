//! What statics are made of: locks that report a conflict, hooks, lists, and memory that is handed out once.
//!
//! Flags and numbers are plain atomics, and what is set once is a `spin::Once`. With one processor an uncontended atomic costs
//! what a plain access does. Every type here is sound for every safe caller: re-entrance, `mem::forget`, panics and further
//! threads included. A conflict is a panic with the static's name; nothing ever spins, because on one processor whoever
//! holds the lock could not go on.

mod hook;
mod host_cell;
mod list;
mod lock;
mod take_once;

pub(crate) use hook::Hook;
pub(crate) use host_cell::HostCell;
pub(crate) use list::{List, Node};
#[cfg(any(feature = "heap", feature = "net"))]
pub(crate) use lock::conflict;
pub(crate) use lock::{Lock, Name, lock};
#[cfg(feature = "net")]
pub(crate) use take_once::Uninit;
#[cfg(feature = "sockets")]
pub(crate) use take_once::bytes_mut;
pub(crate) use take_once::{TakeOnce, fill_from};
