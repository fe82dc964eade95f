//! Ends of lines on the wire: carriage return and line feed, or the bytes as they are.

use std::fs;
use std::process::Stdio;

use crate::common::kernels::{boot, kernel};
use crate::common::{program, qemu, tool};

/// What a kernel sends by its serial port and by its virtio console, each as it is.
fn sent(package: &str) -> [String; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("virtio");
    let backend = format!("file,id=virtio,path={}", file.display());
    let console =
        ["-chardev", &backend, "-device", "virtio-serial-pci,max_ports=1", "-device", "virtconsole,chardev=virtio"];
    let outcome = qemu::run(boot(&kernel(package), "pc", "4M", "").into_iter().chain(console.map(str::to_owned)));
    assert_eq!(outcome.code, Some(1 << 1 | 1), "{outcome:?}");
    [outcome.bytes, String::from_utf8_lossy(&fs::read(file).expect("was written")).into_owned()]
}

#[test]
fn a_line_feed_is_sent_after_one_carriage_return() {
    let expected = "line\r\n\r\nhas one\r\n50 %\r\none\r\ntwo\r\nx\r\n\
                    unikernel: error: \"two\\nlines\"\r\nunikernel: exit status 1\r\n";
    assert_eq!(sent("console_lines"), [expected, expected]);
}

#[test]
fn without_crlf_bytes_are_sent_as_they_are() {
    let expected = "\n\r\n\0\u{fffd}\r\r\nunikernel: error: \"raw\"\nunikernel: exit status 1\n";
    assert_eq!(sent("console_raw"), [expected, expected]);
}

/// What `unikernel run` writes into a pipe.
fn piped(package: &str) -> Vec<u8> {
    let mut run = tool(program(), "this package's own").arg("run").arg(kernel(package)).arg("--kernel");
    run.command.stdin(Stdio::null());
    let output = run.output();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn a_pipe_gets_line_feeds_alone_and_bytes_as_they_are() {
    let lines = piped("console_lines");
    let expected = "line\n\nhas one\n50 %\none\ntwo\nx\nunikernel: error: \"two\\nlines\"\nunikernel: exit status 1\n";
    assert_eq!(String::from_utf8_lossy(&lines), expected);
    assert!(piped("console_raw").starts_with(b"\n\r\n\x00\xff\r\r\n"));
}
