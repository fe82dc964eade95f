//! Crates of the registry, unchanged, in programs of `build-support/tests/std`: each does the same on the host and as an image.
//!
//! All of it takes long to build: it is for `make test-all`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Stdio;

use crate::command_line::{stderr, stdout};
use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::boot;
use crate::common::{qemu, tool};
use crate::std_programs::{QUICK, code, folder, kernel, on_host, succeeds};
use crate::std_servers::{Running, arguments, curl, press_power_button, serve};

/// Runs a program on the host and as an image, and compares what they print.
#[track_caller]
fn same(package: &str, name: &str) {
    let host = on_host(package, name, &[], &[("RUST_LOG", "info"), ("TZ", "UTC0")], "");
    assert!(host.status.success(), "{name}: {}", stderr(&host));
    let outcome = qemu::run(arguments(name, "", ""));
    succeeds(&outcome);
    assert_eq!(outcome.console, stdout(&host), "{name}");
    assert!(outcome.console.ends_with("done\n"), "{name}: {outcome:?}");
}

#[test]
fn small_libraries_do_what_they_do_on_the_host() {
    if is_left_out("tempfile, redb, rand, image and others", Effort::All) {
        return;
    }
    same("everyday", "everyday");
    same("everyday", "waits");
    let outcome = qemu::run(arguments("maps", "", ""));
    succeeds(&outcome);
    assert_eq!(outcome.console, "anonymous 10000 7\nFunction not implemented (os error 38)\n");
}

#[test]
fn local_time_is_utc() {
    if is_left_out("time and chrono", Effort::All) {
        return;
    }
    same("local_time", "std_local_time");
}

#[test]
fn a_name_server_and_a_resolver_do_what_they_do_on_the_host() {
    if is_left_out("hickory-dns", Effort::All) {
        return;
    }
    same("nameserver", "std_nameserver");
}

#[test]
fn a_datagram_that_only_fragments_would_carry_says_which_feature_that_takes() {
    if is_left_out("long datagrams, under `std`", Effort::All) {
        return;
    }
    let outcome = qemu::run(arguments("too_long", "", ""));
    succeeds(&outcome);
    assert_eq!(
        outcome.console,
        "1472 Ok(1472)\nunikernel: a call of `std::net` needs the feature `fragments` of `unikernel-rt`, which is off\n\
         1473 Err(Some(90))\n8192 Err(Some(90))\n9000 Err(Some(90))\n",
        "it is said once"
    );
}

#[test]
fn a_volume_is_what_a_folder_is_on_the_host() {
    if is_left_out("a FAT volume, under `std`", Effort::All) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = folder.path().join("files");
    fs::create_dir_all(files.join("folder/inner")).expect("folders");
    let large: Vec<u8> = (0..200_000_u32).map(|number| (number.wrapping_mul(number) >> 9) as u8).collect();
    for (name, content) in [("a", &b"text\n"[..]), ("folder/inner/file.txt", b"inside"), ("large.bin", &large)] {
        fs::write(files.join(name), content).expect("a file");
    }
    let volume = folder.path().join("volume");
    tool("mkfs.vfat", "dosfstools").arg("-C").arg(&volume).arg("1440").run();
    let all = ["a", "folder", "large.bin"].map(|name| files.join(name));
    tool("mcopy", "mtools").args(["-s", "-i"]).arg(&volume).args(all).arg("::").run();
    let before = fs::read(&volume).expect("the volume");

    let host = on_host("machine", "volume", &[&format!("folder={}", files.display())], &[], "");
    assert!(host.status.success(), "{}", stderr(&host));
    let mut arguments = boot(&kernel("volume", QUICK), "pc", "16M", "");
    let drive = format!("file={},format=raw,if=none,id=disk", volume.display());
    arguments.extend(["-drive", &drive, "-device", "virtio-blk-pci,drive=disk"].map(str::to_owned));
    let outcome = qemu::run(arguments);
    succeeds(&outcome);
    assert_eq!(outcome.console, stdout(&host));
    assert!(outcome.console.ends_with("done\n"), "{}", outcome.console);
    assert!(fs::read(&volume).expect("the volume") == before, "it is read only");
}

#[test]
fn libraries_in_c_that_crates_bring_along_do_what_they_do_on_the_host() {
    if is_left_out("zstd and lz4", Effort::All) {
        return;
    }
    same("native", "native");
}

#[test]
fn functions_of_c_do_what_they_do_on_the_host() {
    if is_left_out("functions of C", Effort::All) {
        return;
    }
    let host = on_host("native", "functions", &[], &[], "");
    assert!(host.status.success(), "{}", stderr(&host));
    let outcome = qemu::run(arguments("functions", "", ""));
    succeeds(&outcome);
    assert_eq!(outcome.console, stderr(&host));
    let outcome = qemu::run(arguments("functions", "", "fails=1"));
    let said = outcome.console.strip_prefix(&stderr(&host)).unwrap_or_else(|| panic!("{outcome:?}"));
    assert!(said.starts_with("src/c/functions.c:"), "{said}");
    assert!(said.contains(": fortified: Assertion `!fails && \"it fails\"' failed.\n"), "{said}");
}

/// In memory, in files of `/tmp`, by several threads, and a read-only database of the image.
#[test]
fn sqlite_does_what_it_does_on_the_host() {
    if is_left_out("rusqlite", Effort::All) {
        return;
    }
    same("sqlite", "sqlite");
}

/// Clients by rumqttc are in the machine; others are mosquitto's.
#[test]
fn a_broker_by_rumqttd_hands_messages_on() {
    if is_left_out("rumqttd", Effort::All) {
        return;
    }
    let (qemu, port) = serve("std_broker", 1883);
    assert_eq!(qemu.console().trim_end(), "subscribed\nreceived 45 of 50\ntold true\nlistening");
    let port = port.to_string();
    let publish = |topic: &str, options: &[&str]| {
        let command = tool("mosquitto_pub", "mosquitto-clients").args(["-h", "127.0.0.1", "-p", &port, "-t", topic]);
        command.args(options).run();
    };
    // It is kept for who subscribes later: that it comes says that one has.
    publish("doors/front", &["-r", "-q", "1", "-m", "closed"]);
    let mut subscriber = tool("mosquitto_sub", "mosquitto-clients");
    subscriber.command.args(["-h", "127.0.0.1", "-p", &port, "-t", "doors/#", "-q", "1", "-v", "-C", "4", "-W", "60"]);
    let child = subscriber.command.stdout(Stdio::piped()).spawn();
    let mut child = Running(child.unwrap_or_else(|error| subscriber.missing(&error)));
    let mut received = BufReader::new(child.0.stdout.take().expect("a pipe"));
    let mut line = String::new();
    received.read_line(&mut line).expect("a message");
    assert_eq!(line, "doors/front closed\n");
    let long = "long ".repeat(5_000);
    publish("doors/back", &["-q", "0", "-m", "open"]);
    publish("windows/back", &["-q", "1", "-m", "open"]);
    publish("doors/back", &["-q", "1", "-m", &long]);
    publish("doors/back/lock", &["-q", "2", "-m", "locked"]);
    let mut rest = String::new();
    received.read_to_string(&mut rest).expect("messages");
    assert!(child.0.wait().expect("it ends").success(), "{rest}");
    assert_eq!(rest, format!("doors/back open\ndoors/back {long}\ndoors/back/lock locked\n"));
    assert_eq!(press_power_button(qemu).code, code(0), "without a handler, it ends");
}

/// A header of an answer.
#[track_caller]
fn header(port: u16, path: &str, options: &[&str], name: &str) -> String {
    let answer = curl(port, path, &[&["--dump-header", "-", "--output", "/dev/null"], options].concat());
    let mut fields = answer.lines().filter_map(|line| line.split_once(": "));
    let found = fields.find(|(found, _)| found.eq_ignore_ascii_case(name));
    found.unwrap_or_else(|| panic!("no `{name}`: {answer}")).1.to_owned()
}

/// Asks a server of a site for files, for parts of them, and for what a cache has already.
#[track_caller]
fn files_are_served(port: u16, site: &Path) {
    let file = |name: &str| fs::read_to_string(site.join(name)).expect("a file");
    assert_eq!(curl(port, "/", &[]), format!("{} 200", file("index.html")));
    assert_eq!(curl(port, "/long/lines.txt", &[]), format!("{} 200", file("long/lines.txt")));
    assert!(!curl(port, "/..%2fdev", &[]).ends_with(" 200"), "what is beside the folder");

    for (range, expected) in [("2-5", "cdef 206"), ("-3", "yz\n 206"), ("24-", "yz\n 206")] {
        assert_eq!(curl(port, "/letters.txt", &["--range", range]), expected);
    }
    assert!(curl(port, "/letters.txt", &["--range", "100-200"]).ends_with(" 416"));
    assert_eq!(header(port, "/letters.txt", &["--range", "2-5"], "content-range"), "bytes 2-5/27");

    // The files are as old as the machine: a cache asks the next one anew.
    let changed = header(port, "/letters.txt", &[], "last-modified");
    let since = |date: &str| curl(port, "/letters.txt", &["--header", &format!("if-modified-since: {date}")]);
    assert_eq!(since(&changed), " 304");
    assert_eq!(since("Thu, 01 Jan 1970 00:00:00 GMT"), format!("{} 200", file("letters.txt")));
    assert!(!changed.contains(" 1970 "), "{changed}");
}

#[test]
fn a_file_server_by_actix_serves_a_folder_of_the_image() {
    if is_left_out("actix-web and actix-files", Effort::All) {
        return;
    }
    let site = folder().join("file_server/site");
    let (qemu, port) = serve("std_file_server", 80);
    files_are_served(port, &site);
    let listing = curl(port, "/long", &[]);
    assert!(listing.contains("lines.txt") && listing.ends_with(" 200"), "{listing}");
    assert!(curl(port, "/missing", &[]).ends_with(" 404"));
    let tag = header(port, "/letters.txt", &[], "etag");
    let unless = |tag: &str| curl(port, "/letters.txt", &["--header", &format!("if-none-match: {tag}")]);
    assert_eq!(unless(&tag), " 304");
    let whole = fs::read_to_string(site.join("letters.txt")).expect("a file");
    assert_eq!(unless("\"another\""), format!("{whole} 200"));
    let outcome = press_power_button(qemu);
    assert_eq!((outcome.code, outcome.console.as_str()), (code(0), "listening\nstopped\n"));
}

/// It has no tags, but packs what it sends.
#[test]
fn static_web_server_serves_a_folder_of_the_image() {
    if is_left_out("static-web-server", Effort::All) {
        return;
    }
    let site = folder().join("static_server/site");
    let file = |name: &str| fs::read_to_string(site.join(name)).expect("a file");
    let (qemu, port) = serve("std_static_server", 80);
    files_are_served(port, &site);
    assert_eq!(header(port, "/long", &[], "location"), "/long/");
    let listing = curl(port, "/long/", &[]);
    assert!(listing.contains("lines.txt") && listing.ends_with(" 200"), "{listing}");
    // It shows local time, as records do below, and local time is UTC.
    let changed = header(port, "/long/lines.txt", &[], "last-modified");
    let time = changed.split(' ').nth(4).unwrap_or_else(|| panic!("{changed}"));
    assert!(listing.contains(&format!(" {time}")), "{changed}: {listing}");
    assert_eq!(curl(port, "/missing", &[]), format!("{} 404", file("404.html").trim_end()));
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let options = ["--compressed", "--header", &format!("accept-encoding: {coding}")];
        assert_eq!(header(port, "/long/lines.txt", &options, "content-encoding"), coding);
        assert_eq!(curl(port, "/long/lines.txt", &options), format!("{} 200", file("long/lines.txt")), "{coding}");
    }
    let outcome = press_power_button(qemu);
    assert_eq!(outcome.code, code(0), "{}", outcome.console);
    let last = outcome.console.lines().last().unwrap_or_default();
    let (time, record) = last.split_once("Z  WARN ").unwrap_or_else(|| panic!("{}", outcome.console));
    assert!(time.starts_with("20") && record.ends_with("shutting down the server execution"), "{last}");
}
