#![allow(unused)]

#[path = "../../../src/sync/lock.rs"]
mod lock;

enum Shared {}
impl lock::Name for Shared {
    const NAME: &str = "SHARED";
}
static SHARED: lock::Lock<Option<std::rc::Rc<u8>>, Shared> = lock::Lock::new(None);

fn main() {}
