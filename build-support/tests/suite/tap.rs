//! A guest on a real network: `unikernel net`, and `unikernel run --net tap`, in a network namespace of the test's own.
//!
//! This needs root, as `unikernel net` itself does. Without it, the test checks the error message.

use std::fs;
use std::process::{Child, Command, Output};

use crate::command_line::running::Running;
use crate::command_line::{stderr, stdout, unikernel};
use crate::common::kernels::kernel;
use crate::common::{tool, wait_for};

/// A network namespace, as long as a process that waits in it.
struct Namespace {
    waiting: Child,
}

impl Namespace {
    fn new() -> Self {
        let unshare = tool("unshare", "util-linux").args(["--net", "sleep", "1000000"]);
        let mut command = unshare.command;
        let waiting = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let namespace = Self { waiting };
        let of = |process: &str| fs::read_link(format!("/proc/{process}/ns/net")).ok();
        let ours = of("self");
        wait_for(|| of(&namespace.id()).filter(|theirs| Some(theirs) != ours.as_ref())).expect("a namespace");
        namespace
    }

    fn id(&self) -> String {
        self.waiting.id().to_string()
    }

    /// A command in it.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.id())).arg("--").arg(program).args(arguments);
        command
    }

    fn unikernel(&self, arguments: &[&str]) -> Output {
        let program = unikernel();
        let program = program.get_program().to_str().expect("UTF-8");
        self.command(program, arguments).output().expect("runs")
    }

    /// Runs a command that has to succeed.
    #[track_caller]
    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program, arguments).output().expect("runs");
        assert!(output.status.success(), "{program} {arguments:?}:\n{}{}", stdout(&output), stderr(&output));
        stdout(&output)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.waiting.kill();
        let _ = self.waiting.wait();
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_guest_on_a_tap_is_pinged_and_served() {
    if !is_root() {
        eprintln!("NOT TESTED: a guest on a tap, because it needs root to create namespaces and taps");
        return without_root();
    }
    let namespace = Namespace::new();
    let up = ["net", "up", "--bridge", "ukbr7", "--tap", "uktap7", "--user", "root"];
    let output = namespace.unikernel(&up);
    assert_eq!(
        stderr(&output),
        "        Made bridge ukbr7 with the address 10.0.0.1/24\n        Made tap uktap7 on it, for root\n          Up ukbr7, \
         uktap7 on it: `unikernel run --net tap=uktap7`\n"
    );
    let output = namespace.unikernel(&up);
    assert_eq!(stderr(&output), "          Up ukbr7, uktap7 on it: `unikernel run --net tap=uktap7`\n");

    let image = kernel("stackv4");
    let image = image.to_str().expect("UTF-8");
    let program = unikernel();
    let program = program.get_program().to_str().expect("UTF-8");
    let mut run = Running::start(&mut namespace.command(program, &["run", image, "--net", "tap=uktap7"]));
    run.wait_for("IP address: 10.0.0.2\n");
    assert_eq!(run.said()[1], "     Network `net` is 10.0.0.2 on the tap uktap7\n");
    let said = namespace.run("ping", &["-n", "-c", "3", "-i", "0.2", "-W", "20", "10.0.0.2"]);
    assert!(said.contains("3 packets transmitted, 3 received, 0% packet loss"), "{said}");
    // It reads once, answers nothing and closes, which curl takes for an empty answer.
    let curl = namespace.command("curl", &["--silent", "--max-time", "60", "http://10.0.0.2:8080/page"]).output();
    assert_eq!(curl.expect("runs").status.code(), Some(52));
    run.wait_for("\"GET /page HTTP/1.1\\r\\n");
    assert!(run.said()[0].contains("TCP 10.0.0.1:"), "{}", run.said()[0]);
    assert_eq!(run.interrupt(), Some(0));

    let down = ["net", "down", "--bridge", "ukbr7", "--tap", "uktap7"];
    assert_eq!(stderr(&namespace.unikernel(&down)), "     Removed uktap7\n     Removed ukbr7\n");
    assert_eq!(stderr(&namespace.unikernel(&down)), "        Down the bridge and the tap do not exist\n");
    let left = namespace.run("ip", &["-brief", "link"]);
    assert!(!left.contains("uk"), "{left}");
}

#[test]
fn what_was_there_before_stays() {
    if !is_root() {
        eprintln!("NOT TESTED: bridges of somebody else's, because it needs root to create namespaces and bridges");
        return without_root();
    }
    let namespace = Namespace::new();
    namespace.run("ip", &["link", "add", "name", "br0", "type", "bridge"]);
    namespace.run("ip", &["address", "add", "192.168.7.1/24", "dev", "br0"]);
    namespace.run("ip", &["tuntap", "add", "dev", "tap0", "mode", "tap"]);
    let before = namespace.run("ip", &["-brief", "address", "show", "br0"]);
    let output = namespace.unikernel(&["net", "up", "--bridge", "br0", "--tap", "tap0"]);
    assert_eq!(
        stderr(&output),
        "error: `tap0` already exists and is not a tap of `unikernel net up`\nhelp: choose another name: `--tap NAME`\n"
    );
    let output = namespace.unikernel(&["net", "up", "--bridge", "tap0"]);
    assert_eq!(
        stderr(&output),
        "error: `tap0` already exists and is not a bridge of `unikernel net up`\nhelp: choose another name: `--bridge NAME`\n"
    );
    let output = namespace.unikernel(&["net", "up", "--bridge", "br0", "--tap", "web0", "--user", "root"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(namespace.run("ip", &["-brief", "link", "show", "master", "br0"]).starts_with("web0"));
    let output = namespace.unikernel(&["net", "down", "--bridge", "br0", "--tap", "web0"]);
    assert_eq!(stderr(&output), "     Removed web0\n        Left br0 was not created by `net up`\n");
    let after = namespace.run("ip", &["-brief", "address", "show", "br0"]);
    assert_eq!(before.split_whitespace().nth(2), after.split_whitespace().nth(2), "{after}");

    // A bridge of ours that others have joined.
    assert!(namespace.unikernel(&["net", "up", "--bridge", "ours", "--tap", "one", "--user", "root"]).status.success());
    namespace.run("ip", &["link", "set", "dev", "tap0", "master", "ours"]);
    let output = namespace.unikernel(&["net", "down", "--bridge", "ours", "--tap", "one"]);
    assert_eq!(stderr(&output), "     Removed one\n        Left ours has other interfaces: tap0\n");
}

/// The line to run as root is said, and nothing is done.
fn without_root() {
    let output = unikernel().args(["net", "up", "--tap", "x0", "--user", "me"]).output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(
        text.starts_with("error: creating and removing bridges and taps needs root\nhelp: run as root:\nsudo "),
        "{text}"
    );
    assert!(text.ends_with(" net up --bridge ukbr0 --tap x0 --address 10.0.0.1/24 --user me\n"), "{text}");
}

#[test]
fn without_root_the_line_is_said() {
    if !is_root() {
        return without_root();
    }
    // As nobody, who cannot read where this program is: a copy of it.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("unikernel");
    fs::copy(unikernel().get_program(), &copy).expect("a copy");
    let all = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), all).expect("ours");
    let nobody = tool("setpriv", "util-linux").args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    let output = nobody.arg(&copy).args(["net", "down"]).output();
    assert_eq!(
        stderr(&output),
        format!(
            "error: creating and removing bridges and taps needs root\nhelp: run as root:\nsudo {} net down --bridge ukbr0 --tap \
             uktap0\n",
            copy.display()
        )
    );
}
