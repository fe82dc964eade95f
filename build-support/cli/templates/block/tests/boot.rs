//! Boots the kernel.

use unikernel_test::Image;

#[test]
fn boots_are_counted_on_the_disk() {
    let image = Image::build(env!("CARGO_PKG_NAME"));
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=2 {
        let mut machine = image.machine().start();
        machine.expect(&format!("boot number {number}"));
        machine.wait().success();
    }
}
