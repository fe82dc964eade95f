//! Has `static_web` serve a file larger than all its memory for connections: complete, in part, interrupted, never read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::effort::{Effort, is_left_out};
use crate::common::web::{Start, Web};
use crate::common::{root, tool, wait_for};
use unikernel_test::MachineType;

const BYTES: usize = 20 << 20;

/// A file whose every part is unlike the others.
fn large() -> Vec<u8> {
    (0..BYTES as u32 / 4).flat_map(|word| word.wrapping_mul(0x9e37_79b1).to_le_bytes()).collect()
}

/// The application with a site of its own, and the folder that it is built in.
fn build() -> (PathBuf, tempfile::TempDir) {
    let root = root();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let application = folder.path().join("apps/static_web");
    copy(&root.join("apps/static_web"), &application);
    fs::write(application.join("site/large.bin"), large()).expect("there is room");
    // The workspace's manifest, with the application alone in it, and the rest of it where it is.
    let mut manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml")).expect("a file").parse().expect("TOML");
    let workspace = manifest["workspace"].as_table_mut().expect("a table");
    workspace["members"] = toml::Value::from(vec!["apps/static_web", "apps/static_web/http"]);
    workspace.remove("default-members");
    for (_, dependency) in workspace["dependencies"].as_table_mut().expect("a table").iter_mut() {
        match dependency.get_mut("path") {
            Some(path) if path.as_str() != Some("apps/static_web/http") => {
                *path = root.join(path.as_str().expect("a path")).display().to_string().into();
            }
            _ => {}
        }
    }
    fs::write(folder.path().join("Cargo.toml"), manifest.to_string()).expect("there is room");
    fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).expect("there is room");
    let target = root.join("target/kernels");
    let mut cargo = tool(env!("CARGO"), "rustup's toolchain").args([
        "build",
        "--release",
        "--offline",
        "--package",
        "static_web",
        "--target-dir",
    ]);
    cargo.command.arg(&target).current_dir(folder.path());
    cargo.run();
    let kernel = folder.path().join("kernel");
    fs::copy(target.join("release/static_web"), &kernel).expect("was built");
    (kernel, folder)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("there is room");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).expect("there is room")),
        }
    }
}

fn start(kernel: &Path, command_line: &str) -> Web {
    Web::start(kernel, &Start { machine: MachineType::Pc, memory: "25MiB", command_line, more: &[] })
}

fn curl(url: &str, to: &Path, arguments: &[&str]) -> Command {
    let curl = tool("curl", "curl").args(["--silent", "--show-error", "--max-time", "100", "--output"]);
    curl.arg(to).args(arguments).arg(url).command
}

/// One test, because the build takes most of its time.
#[test]
fn a_file_of_twenty_mebibytes_is_whole_or_an_error() {
    if is_left_out("a file of 20 MiB", Effort::All) {
        return;
    }
    let (kernel, folder) = build();
    let large = large();
    let file = folder.path().join("got");
    let size = || fs::metadata(&file).map_or(0, |metadata| metadata.len() as usize);

    // Whole, and by four at once.
    let web = start(&kernel, "");
    let files = [1, 2, 3, 4].map(|number| folder.path().join(format!("got{number}")));
    let clients = files.each_ref().map(|file| curl(&web.url("/large.bin"), file, &[]).spawn().expect("curl is there"));
    for (mut client, file) in clients.into_iter().zip(files) {
        assert!(client.wait().expect("is our child").success());
        assert!(fs::read(file).expect("a file") == large);
    }

    // Killed while a client is at it: the client sees that, and has no wrong byte.
    let slowly = ["--limit-rate", "4M"];
    let mut client = curl(&web.url("/large.bin"), &file, &slowly).stderr(Stdio::null()).spawn().expect("curl is there");
    wait_for(|| (size() > 1 << 20).then_some(())).expect("a megabyte comes");
    drop(web);
    assert!(!client.wait().expect("is our child").success(), "curl takes a part for the whole");
    let had = size();
    assert!(had < BYTES && fs::read(&file).expect("a file") == large[..had], "{had} bytes, some of them wrong");

    // Restarted, it gives the rest.
    let web = start(&kernel, "patience=500ms");
    let output = curl(&web.url("/large.bin"), &file, &["--continue-at", "-"]).output().expect("curl is there");
    assert!(output.status.success() && fs::read(&file).expect("a file") == large, "{output:?}");

    // Who takes nothing is not waited for, and does not see a part taken for the whole.
    let mut stalled = web.connect();
    stalled.send("GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n");
    std::thread::sleep(std::time::Duration::from_secs(5));
    let rest = stalled.rest();
    let start = rest.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
    assert!(rest.len() - start < BYTES && rest[start..] == large[..rest.len() - start]);

    // Who goes away in the middle of it is forgotten at once.
    for round in 0..100 {
        let mut gone = web.connect();
        gone.send("GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n");
        let mut bytes = [0; 10_000];
        std::io::Read::read_exact(&mut gone.stream, &mut bytes).expect("it begins");
        let linger = (round % 2 == 0).then_some(std::time::Duration::ZERO);
        rustix::net::sockopt::set_socket_linger(&gone.stream, linger).expect("a socket");
    }
    web.wait_for_closed(101); // one was given up by the network
    web.assert_serves("all of that");
}
