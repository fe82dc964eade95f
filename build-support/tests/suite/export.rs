//! `unikernel export`: checks that each hypervisor accepts its output, and boots it with those that are installed.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use crate::command_line::running::Running;
use crate::command_line::{stderr, stdout, unikernel};
use crate::common::{self, root, tool, wait_for};
use tempfile::TempDir;

/// Exports an application of this workspace.
fn export(arguments: &[&str]) -> String {
    let output = unikernel().arg("export").args(arguments).output().expect("runs");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("bound").port()
}

/// Asks `stackv4` behind a forwarded port until it answers, as it does with the end of the stream.
fn talk(port: u16) {
    wait_for(|| {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        stream.write_all(b"hello").ok()?;
        stream.read_to_end(&mut Vec::new()).ok()
    })
    .expect("an answer");
}

#[test]
fn the_script_for_qemu_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = folder.path().join("stackv4.sh");
    let port = free_port();
    let script_path = script.to_str().expect("UTF-8");
    let said = export(&[
        "-p",
        "stackv4",
        "--for",
        "qemu",
        "--no-kvm",
        "--forward",
        &format!("{port}:8080"),
        "-o",
        script_path,
    ]);
    assert_eq!(said, "");
    let mut run = Running::start(Command::new(&script).args(["-name", "more options"]));
    run.wait_for("IP address: 10.0.0.2");
    talk(port);
    run.wait_for("read: 5 \"hello\"");
    // QEMU ends by itself on SIGINT.
    assert_eq!(run.interrupt(), Some(0));
    assert_eq!(fs::metadata(&script).expect("is there").permissions().mode() & 0o111, 0o111);
}

/// What `unikernel export` writes, as the tests of the library hold it.
const GOLDENS: &str = "build-support/cli/src/machine/export/tests";

#[test]
fn domains_fit_libvirts_schema() {
    let folder = root().join(GOLDENS);
    let mut domains = 0;
    for entry in fs::read_dir(folder).expect("the golden files") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "libvirt") {
            tool("virt-xml-validate", "libvirt-clients").arg(&path).arg("domain").run();
            domains += 1;
        }
    }
    assert_eq!(domains, 3);
}

#[test]
fn scripts_are_scripts() {
    let folder = root().join(GOLDENS);
    for entry in fs::read_dir(folder).expect("the golden files") {
        let path = entry.expect("an entry").path();
        if fs::read_to_string(&path).expect("text").starts_with("#!") {
            tool("sh", "dash").arg("-n").arg(&path).run();
        }
    }
}

/// A libvirt of the test's own, without a right that nobody has.
struct Libvirt {
    folder: TempDir,
    daemon: Option<Child>,
}

impl Libvirt {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("lv").tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("libvirt")).expect("a folder");
        // Else it starts one more daemon, which would stay.
        fs::write(folder.path().join("libvirt/qemu.conf"), "stdio_handler = \"file\"\n").expect("written");
        let mut libvirt = Self { folder, daemon: None };
        libvirt.give(&libvirt.path("libvirt/qemu.conf"));
        libvirt.give(&libvirt.path("libvirt"));
        libvirt.give(libvirt.folder.path());
        let mut command = libvirt.command("libvirtd", "libvirt-daemon").command;
        let quiet = || std::process::Stdio::null();
        let daemon = command.stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
        libvirt.daemon = Some(daemon.unwrap_or_else(|error| panic!("{command:?}: {error}")));
        wait_for(|| libvirt.path("libvirt/libvirt-sock").exists().then_some(())).expect("a daemon");
        libvirt
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Lets nobody have a file, if it is root's.
    fn give(&self, path: &Path) {
        if rustix::process::geteuid().is_root() {
            chown(path, Some(65534), Some(65534)).expect("root may");
        }
    }

    fn command(&self, program: &str, package: &'static str) -> common::Tool {
        let mut tool = if rustix::process::geteuid().is_root() {
            tool("setpriv", "util-linux").args(["--reuid=65534", "--regid=65534", "--clear-groups", program])
        } else {
            tool(program, package)
        };
        for variable in
            ["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"]
        {
            tool.command.env(variable, self.folder.path());
        }
        tool.command.current_dir(self.folder.path());
        tool
    }

    fn virsh(&self, arguments: &[&str]) -> String {
        self.command("virsh", "libvirt-clients").args(["-c", "qemu:///session"]).args(arguments).run()
    }
}

impl Drop for Libvirt {
    fn drop(&mut self) {
        let virsh = self.command("virsh", "libvirt-clients").args(["-c", "qemu:///session", "destroy", "stackv4"]);
        let mut command = virsh.command;
        let _ = command.output(); // it may be gone already
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

#[test]
fn libvirt_starts_the_domain() {
    let libvirt = Libvirt::start();
    for machine in ["pc", "q35"] {
        let port = free_port();
        let manifest = libvirt.path("stackv4.toml");
        fs::write(&manifest, format!("app = \"stackv4\"\nmachine.type = \"{machine}\"\n")).expect("written");
        let manifest = manifest.to_str().expect("UTF-8");
        let forward = format!("{port}:8080");
        let domain = export(&["--manifest", manifest, "--for", "libvirt", "--no-kvm", "--forward", &forward]);
        // A copy of the image, where nobody may read it.
        let start = domain.find("<source file='").expect("an image") + "<source file='".len();
        let image = domain[start..].split('\'').next().expect("its path");
        fs::copy(image, libvirt.path("image.iso")).expect("a copy");
        let domain = domain.replace(image, libvirt.path("image.iso").to_str().expect("UTF-8"));
        fs::write(libvirt.path("domain.xml"), domain).expect("written");
        for file in ["image.iso", "domain.xml"] {
            libvirt.give(&libvirt.path(file));
        }
        libvirt.virsh(&["create", "--validate", "domain.xml"]);
        talk(port);
        libvirt.virsh(&["destroy", "stackv4"]);
    }
}

#[test]
fn what_cannot_be_had_there_is_told() {
    let output = unikernel().args(["export", "-p", "block", "--for", "virtualbox"]).output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let text = "error: VirtualBox has no virtio block device, which `block` needs\nhelp: choose another format\n";
    assert!(stderr(&output).ends_with(text), "{}", stderr(&output));
    let output = unikernel().args(["export", "-p", "block", "--for", "xen"]).output().expect("runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("[possible values: qemu, libvirt, firecracker, "), "{}", stderr(&output));
}
