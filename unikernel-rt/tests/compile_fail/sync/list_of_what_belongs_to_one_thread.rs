#![allow(unused)]

#[path = "../../../src/sync/list.rs"]
mod list;

static CELLS: list::List<std::cell::Cell<u8>> = list::List::new();

fn main() {}
