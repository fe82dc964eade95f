//! Boots the kernel.

use unikernel_test::Image;

#[test]
fn every_file_is_counted() {
    let mut machine = Image::build(env!("CARGO_PKG_NAME")).machine().start();
    machine.expect(" readme.txt");
    machine.wait().success();
}
