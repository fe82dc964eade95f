//! Boots the kernel.

use unikernel_test::{Disk, Image};

#[test]
fn every_file_is_counted() {
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/files");
    let machine = Image::build(env!("CARGO_PKG_NAME"))
        .machine()
        .disk("disk", Disk::folder(files))
        .start();
    let outcome = machine.wait();
    outcome.success();
    let console = outcome.console();
    let mut lines: Vec<_> = console.lines().map(str::trim_start).collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "1      5     20 texts/note.txt",
            "1      8     46 readme.txt"
        ]
    );
}
