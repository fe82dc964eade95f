//! Boots the image.

use unikernel_test::Image;

#[test]
fn words_of_both_files_are_counted() {
    let mut machine = Image::build(env!("CARGO_PKG_NAME")).machine().start();
    machine.expect("4 the\n3 blue\n3 is\n");
    machine.wait().success();
}

#[test]
fn an_argument_says_how_many() {
    let mut machine = Image::build(env!("CARGO_PKG_NAME"))
        .machine()
        .argument("most", 1)
        .start();
    machine.expect("4 the\n");
    machine.wait().success();
}
