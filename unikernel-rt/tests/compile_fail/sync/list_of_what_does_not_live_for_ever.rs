#![allow(unused)]

#[path = "../../../src/sync/list.rs"]
mod list;

fn main() {
    let node = list::Node::new(1u8);
    list::List::new().add(&node);
}
