//! Boots the kernel.

use unikernel_test::{Disk, Image};

#[test]
fn boots_are_counted_on_the_disk() {
    let image = Image::build(env!("CARGO_PKG_NAME"));
    let mut disk = Disk::empty(1 << 20);
    for number in 1..=3 {
        let mut machine = image.machine().disk("disk", disk).start();
        machine.expect(&format!("boot number {number}"));
        let outcome = machine.wait();
        outcome.success();
        disk = Disk::bytes(outcome.disk("disk"));
    }
}

#[test]
fn a_foreign_disk_is_left_as_it_is() {
    let disk = vec![b'x'; 1 << 20];
    let machine = Image::build(env!("CARGO_PKG_NAME"))
        .machine()
        .disk("disk", disk.clone())
        .start();
    let outcome = machine.wait();
    assert_eq!(outcome.status(), 1);
    assert!(outcome.disk("disk") == disk, "the disk has changed");
}
