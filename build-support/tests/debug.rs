//! `unikernel debug`: gdb at the application's `main`, with nothing planted in the program.

mod common;

use common::tool;

#[test]
fn gdb_stops_at_main_and_goes_on_to_the_end() {
    let shown = tool(env!("CARGO_BIN_EXE_unikernel"), "build-support")
        .args([
            "debug",
            "--package",
            "greet",
            "--",
            "-batch",
            "-ex",
            "backtrace",
            "-ex",
            "info registers rip",
            "-ex",
            "continue",
        ])
        .run();
    assert!(shown.contains("#0  main () at apps/greet/src/main.rs:"), "{shown}");
    assert!(shown.contains("Remote connection closed"), "{shown}");
    let console = concat!(env!("CARGO_MANIFEST_DIR"), "/../build/greet.console");
    assert_eq!(std::fs::read_to_string(console).unwrap(), "Hello, world\nHello, world\npatience: 1000 ms\n");
}
