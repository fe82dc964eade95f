//! A registry: what is pushed is what is pulled, and boots.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::containers::unpacked;
use super::text;
use crate::common::effort::{Effort, is_left_out};
use crate::common::project::Project;
use crate::common::qemu::Qemu;
use crate::common::{packages, tool, urunc, wait_for};

/// Debian's registry, on a port of this host alone; it ends with the test.
struct Registry {
    child: Child,
    port: u16,
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("bound").port()
}

impl Registry {
    fn start(folder: &Path) -> Self {
        let port = free_port();
        let configuration = format!(
            "version: 0.1\nlog: {{ level: error, accesslog: {{ disabled: true }} }}\nstorage: {{ filesystem: {{ rootdirectory: {} }} }}\n\
             http: {{ addr: '127.0.0.1:{port}' }}\n",
            text(&folder.join("data"))
        );
        let path = folder.join("registry.yml");
        fs::write(&path, configuration).expect("written");
        let mut command = Command::new(packages::debian("docker-registry").join("usr/bin/docker-registry"));
        command.arg("serve").arg(&path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let registry = Self { child: command.spawn().expect("the registry"), port };
        wait_for(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()).expect("a registry that answers");
        registry
    }

    fn image(&self, tag: &str) -> String {
        format!("docker://127.0.0.1:{}/team/web:{tag}", self.port)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn copy(from: &str, to: &str) {
    let skopeo = tool("skopeo", "skopeo").args(["copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false"]);
    skopeo.args([from, to]).run();
}

#[test]
fn a_pulled_image_serves_pages_in_a_guest_of_urunc() {
    if is_left_out("a registry, and a guest of an image that was pulled from it", Effort::All) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let registry = Registry::start(folder.path());
    // A repository of one's own, and what docs/clusters.md adds to it.
    let project = Project::new("http", "web");
    let main = project.read("src/main.rs");
    let changed = main.replace("args(port = 80)\n", "args(port = 80),\n    values(linux)\n");
    assert_ne!(main, changed);
    project.write("src/main.rs", &changed);
    let image = project.unikernel(&["export", "--for", "oci", "--image", "registry.example/team/web:1.0", "--json"]);
    let image: serde_json::Value = serde_json::from_str(&image).expect("JSON");
    let layout = project.path().join("build/web.oci");
    let layout = text(&layout);
    for end in ["", ".sbom"] {
        copy(&format!("oci:{layout}:1.0{end}"), &registry.image(&format!("1.0{end}")));
    }
    let inspect = |more: &[&str], tag| {
        let skopeo = tool("skopeo", "skopeo").args(["inspect", "--tls-verify=false"]).args(more);
        let said = skopeo.arg(registry.image(tag)).run();
        serde_json::from_str::<serde_json::Value>(&said).expect("JSON")
    };
    assert_eq!(inspect(&[], "1.0")["Digest"], image["digest"]);
    assert_eq!(inspect(&["--raw"], "1.0.sbom")["subject"]["digest"], image["digest"]);

    let pulled = folder.path().join("pulled");
    copy(&registry.image("1.0"), &format!("oci:{}:1.0", text(&pulled)));
    let (root, config) = unpacked(&pulled, "1.0", folder.path());
    let process: Vec<String> = serde_json::from_value(config["process"]["args"].clone()).expect("a list of texts");
    let kernel = root.join(process[0].trim_start_matches('/'));
    // The address of a pod, which is none of those that anybody has written.
    let line = urunc::line(Some("10.4.0.9::10.4.0.1:255.255.255.0"), &urunc::environment(), &process);
    // As urunc has it, but for the accelerator, the processor, and a user network in place of a tap.
    let port = free_port();
    let network = format!("user,net=10.4.0.0/24,host=10.4.0.1,hostfwd=tcp:127.0.0.1:{port}-10.4.0.9:80");
    let mut guest = Qemu::start(urunc::qemu("16M", text(&kernel), &network, &line));
    guest.wait_for("serving http://10.4.0.9:80/");
    let page = wait_for(|| {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n").ok()?;
        let mut page = String::new();
        stream.read_to_string(&mut page).ok()?;
        Some(page).filter(|page| !page.is_empty())
    });
    let page = page.expect("an answer");
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
}
