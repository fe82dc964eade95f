//! Boots the kernel.

use unikernel_test::Image;

#[test]
fn the_world_is_greeted() {
    let mut machine = Image::build(env!("CARGO_PKG_NAME")).machine().start();
    machine.expect("Hello, world!");
    machine.wait().success();
}

#[test]
fn an_argument_names_somebody_else() {
    let mut machine = Image::build(env!("CARGO_PKG_NAME"))
        .machine()
        .argument("name", "you")
        .start();
    machine.expect("Hello, you!");
    machine.wait().success();
}
