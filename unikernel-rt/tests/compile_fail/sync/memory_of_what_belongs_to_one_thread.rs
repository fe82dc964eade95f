#![allow(unused)]

#[path = "../../../src/sync/take_once.rs"]
mod take_once;

static MEMORY: take_once::TakeOnce<std::rc::Rc<u8>> = take_once::TakeOnce::new();

fn main() {}
