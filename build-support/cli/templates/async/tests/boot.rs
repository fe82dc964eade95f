//! Boots the kernel.

use unikernel_test::Image;

#[test]
fn every_timer_fires() {
    let image = Image::build(env!("CARGO_PKG_NAME"));
    let mut machine = image
        .machine()
        .argument("timers", "3")
        .argument("period", "10ms")
        .start();
    machine.expect("timer 1 fired ");
    machine.expect("timer 3 fired ");
    machine.expect("3 timers, on average ");
    machine.wait().success();
}
