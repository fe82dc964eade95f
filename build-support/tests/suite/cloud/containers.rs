//! Container images: skopeo and umoci read them, and the kernel in them boots as urunc and KubeVirt start it.

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};

use super::{output, refused, run, text};
use crate::command_line::{stderr, unikernel};
use crate::common::{PATIENCE, qemu, tool, urunc};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::fcntl_setpipe_size;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// An exported image in a temporary folder.
pub(super) struct Exported {
    pub(super) folder: TempDir,
    pub(super) layout: PathBuf,
    pub(super) document: Value,
}

impl Exported {
    /// Exports an application, with more options.
    pub(super) fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let layout = folder.path().join("image.oci");
        let all = [&["export", "--for", "oci", "--json", "-o", text(&layout)], arguments].concat();
        let document = serde_json::from_str(&run(&all)).expect("JSON");
        Self { folder, layout, document }
    }

    /// What skopeo finds behind a name; `more` are options.
    fn inspect(name: &str, more: &[&str]) -> Value {
        let said = tool("skopeo", "skopeo").arg("inspect").args(more).arg(name).run();
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }
}

/// Unpacks the image of a layout as a container's runtime does; returns its root, and its process in the words of the OCI.
pub(super) fn unpacked(layout: &Path, tag: &str, folder: &Path) -> (PathBuf, Value) {
    let bundle = folder.join("bundle");
    let mut umoci = tool("umoci", "umoci").arg("unpack");
    if !rustix::process::geteuid().is_root() {
        umoci = umoci.arg("--rootless");
    }
    umoci.args(["--image", &format!("{}:{tag}", text(layout))]).arg(&bundle).run();
    let config = fs::read(bundle.join("config.json")).expect("the configuration");
    let config: Value = serde_json::from_slice(&config).expect("JSON");
    (bundle.join("rootfs"), config)
}

fn words(process: &Value) -> Vec<String> {
    let words = process.as_array().expect("a list").iter();
    words.map(|word| word.as_str().expect("a text").to_owned()).collect()
}

/// A manifest for `values`, which takes what urunc says to a guest.
fn manifest(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join("values-test.toml");
    fs::write(&path, format!("app = \"values\"\n[args]\nname = '{name}'\nport = 81\n[machine]\nmemory = \"8MiB\"\n"))
        .expect("written");
    path
}

#[test]
fn others_read_the_image() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let manifest = manifest(place.path(), "you");
    let image = Exported::new(&["--manifest", text(&manifest), "--image", "registry.example/team/greet:1.0"]);
    let layout = text(&image.layout);
    let digest = image.document["digest"].as_str().expect("a digest");

    // The layout, and the archive as both of its formats.
    let found = Exported::inspect(&format!("oci:{layout}:1.0"), &[]);
    assert_eq!(
        (&found["Digest"], &found["Os"], &found["Architecture"]),
        (&digest.into(), &"linux".into(), &"amd64".into())
    );
    assert_eq!(found["Labels"]["org.opencontainers.image.title"], "values");
    assert_eq!(found["Created"], "1970-01-01T00:00:00Z");
    let archive = format!("{layout}.tar");
    assert_eq!(Exported::inspect(&format!("oci-archive:{archive}"), &[])["Digest"], digest);
    let name = "registry.example/team/greet:1.0";
    let loaded = Exported::inspect(&format!("docker-archive:{archive}:{name}"), &["--config"]);
    assert_eq!(loaded["config"]["Entrypoint"], serde_json::json!(["/boot/kernel", "name=you", "port=81"]));
    // Reading it, skopeo checks the digest of every blob.
    for (from, to) in [("oci", "a"), ("oci-archive", "b"), ("docker-archive", "c")] {
        let from = match from {
            "oci" => format!("oci:{layout}:1.0"),
            archived => format!("{archived}:{archive}"),
        };
        tool("skopeo", "skopeo").args(["copy", "-q", &from, &format!("dir:{}/{to}", text(place.path()))]).run();
    }
    // The bill of materials refers to the image.
    let raw = Exported::inspect(&format!("oci:{layout}:1.0.sbom"), &["--raw"]);
    assert_eq!(
        (&raw["subject"]["digest"], &raw["artifactType"]),
        (&digest.into(), &"application/vnd.cyclonedx+json".into())
    );

    let written: Vec<_> = image.document["files"].as_array().expect("files").iter().filter_map(Value::as_str).collect();
    let expected = ["oci", "oci.tar", "pod.yaml", "deployment.yaml", "vm.yaml", "vm-replicas.yaml"];
    let expected: Vec<_> = expected.iter().map(|end| format!("{}/image.{end}", text(image.folder.path()))).collect();
    assert_eq!(written, expected);
    let deployment = fs::read_to_string(written[3]).expect("YAML");
    assert!(
        deployment.contains("memory: \"8Mi\"") && deployment.contains(&format!("image: \"{name}\"")),
        "{deployment}"
    );
    let replicas = fs::read_to_string(written[5]).expect("YAML");
    assert!(replicas.contains("kernelArgs: \"name=you port=81\""), "{replicas}");
}

#[test]
fn the_kernel_boots_as_urunc_starts_it_and_the_disk_as_kubevirt_does() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let manifest = manifest(place.path(), "you");
    let image = Exported::new(&["--manifest", text(&manifest), "--monitor", "qemu"]);
    let (root, config) = unpacked(&image.layout, "latest", place.path());
    let file = fs::read(root.join("urunc.json")).expect("urunc's file");
    let file: Value = serde_json::from_slice(&file).expect("JSON");
    assert_eq!(file["com.urunc.unikernel.hypervisor"], "cWVtdQ==");

    // Arguments of a pod come behind those of the image: the last of two wins.
    let mut process = words(&config["process"]["args"]);
    process.push("name=them".to_owned());
    let kernel = root.join(process[0].trim_start_matches('/'));
    let line = urunc::line(None, &[], &process);
    assert_eq!(line, "panic=-1 console=ttyS0 init=/boot/kernel -- name=you port=81 name=them");
    let urunc = ["-m", "8M", "-cpu", "max", "-vga", "none", "-monitor", "null", "-smp", "1", "-nic", "none"];
    let outcome = qemu::run([&urunc[..], &["-kernel", text(&kernel), "-append", &line]].concat());
    assert_eq!(outcome.code, Some(1), "{}", outcome.console);
    assert!(outcome.console.starts_with("them: port 81\n"), "{}", outcome.console);

    let disk = root.join("disk/values-test.iso");
    if rustix::process::geteuid().is_root() {
        let found = disk.metadata().expect("there");
        assert_eq!((found.uid(), found.gid(), found.mode() & 0o777), (107, 107, 0o440));
    }
    let drive = format!("file={},format=raw,if=none,id=cd,readonly=on", text(&disk));
    let cd = ["-M", "q35", "-m", "16", "-drive", &drive, "-device", "ide-cd,drive=cd,bus=ide.0"];
    let outcome = qemu::run(cd);
    assert!(outcome.console.starts_with("you: port 81\n"), "{}", outcome.console);
}

#[test]
fn equal_sources_give_equal_images_at_any_time() {
    let [one, other] = [0, 1].map(|_| Exported::new(&["-p", "hello"]));
    assert_eq!(one.document["digest"], other.document["digest"]);
    for path in ["image.oci.tar", "image.oci/index.json", "image.vm.yaml"] {
        let [one, other] = [&one, &other].map(|image| fs::read(image.folder.path().join(path)).expect("a file"));
        assert!(one == other, "{path}");
    }
    // The date is the one that is set, in all documents and of all files.
    let layout = one.folder.path().join("dated");
    let output = unikernel()
        .args(["export", "-p", "hello", "--for", "oci", "-o", text(&layout)])
        .env("SOURCE_DATE_EPOCH", "1700000000")
        .output();
    assert!(output.expect("runs").status.success());
    let config = Exported::inspect(&format!("oci:{}:latest", text(&layout)), &["--config"]);
    assert_eq!(config["created"], "2023-11-14T22:13:20Z");
    let (root, _) = unpacked(&layout, "latest", other.folder.path());
    assert_eq!(root.join("boot/kernel").metadata().expect("there").mtime(), 1_700_000_000);
}

#[test]
fn wrong_images_are_refused_before_the_build() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (image, message) in [
        ("Web", "`Web` is no part of a name"),
        ("registry.example/web:", "`` is no tag"),
        ("registry.example/web@sha256:00", "leave it out"),
        ("https://registry.example/web", "`https:` is no address of a registry"),
    ] {
        let said = refused(&["export", "-p", "hello", "--for", "oci", "--image", image]);
        assert!(said.starts_with(&format!("error: invalid value '{image}' for '--image <IMAGE>': ")), "{said}");
        assert!(said.contains(message), "{said}");
    }
    let precious = folder.path().join("precious");
    fs::create_dir(&precious).expect("a folder");
    fs::write(precious.join("data"), "contents").expect("written");
    for (path, message) in [
        (precious.clone(), "` exists, and is no OCI image layout: nothing is overwritten\nhelp: "),
        (precious.join("data"), "` exists, and is no OCI image layout: nothing is overwritten\nhelp: "),
        (precious.join("data/image"), "` is not a directory\nhelp: choose another path"),
        ("/proc/image".into(), "error: cannot write `/proc/image`: "),
        ("..".into(), "error: `..` has no name\nhelp: write the path of the layout: `-o ../web.oci`"),
    ] {
        let said = refused(&["export", "-p", "hello", "--for", "oci", "-o", text(&path)]);
        assert!(said.contains(message) && !said.contains("Building"), "{said}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
    let said = refused(&["export", "-p", "hello", "--for", "oci", "--monitor", "xen"]);
    assert!(said.contains("[possible values: qemu, firecracker, cloud-hypervisor]"), "{said}");
    for (option, value) in [("--monitor", "qemu"), ("--image", "web")] {
        let said = refused(&["export", "-p", "hello", "--for", "libvirt", option, value]);
        assert!(said.starts_with(&format!("error: `{option}` has no effect on `--for libvirt`\nhelp: ")), "{said}");
    }
}

/// What a reader lacks is said, and only its files are left out.
#[test]
fn a_disk_is_kubevirts_alone() {
    let image = Exported::new(&["-p", "block"]);
    let names: Vec<_> = image.document["files"].as_array().expect("files").iter().filter_map(Value::as_str).collect();
    assert!(names.iter().any(|name| name.ends_with(".vm.yaml")), "{names:?}");
    assert_eq!(names.iter().filter(|name| name.ends_with(".yaml")).count(), 1, "{names:?}");
}

#[test]
fn a_kernel_that_does_not_take_the_line_of_urunc_is_kubevirts_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let layout = folder.path().join("image.oci");
    let output = output(&["export", "-p", "hello", "--for", "oci", "-o", text(&layout)]);
    let said = stderr(&output);
    assert!(
        output.status.success() && said.contains("image.pod.yaml`: urunc starts a guest as if it were Linux"),
        "{said}"
    );
    assert!(said.contains("help: add `values(linux)` to `#[unikernel(...)]`"), "{said}");
    assert!(folder.path().join("image.vm.yaml").exists() && !folder.path().join("image.deployment.yaml").exists());
}

/// Ctrl-C while the files are written: the program ends by it, when all of them are there.
#[test]
fn a_signal_waits_for_the_last_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let layout = folder.path().join("image.oci");
    // A pipe that nobody reads holds up the archive, which comes behind the layout.
    let pipe = folder.path().join("image.oci.tar");
    tool("mkfifo", "coreutils").arg(&pipe).run();
    let both = fs::File::options().read(true).write(true).open(&pipe).expect("a pipe");
    // As small as a pipe can be: the whole archive would fit a usual one, and hold up nothing.
    assert_eq!(fcntl_setpipe_size(&both, 4096).expect("an empty pipe"), 4096);
    let mut command = unikernel();
    command.args(["export", "-q", "--bin", "values", "--for", "oci", "-o", text(&layout)]);
    let mut child = command.spawn().expect("the program under test");
    let mut written = [PollFd::new(&both, PollFlags::IN)];
    let patience = Timespec::try_from(PATIENCE).expect("a time");
    assert_eq!(poll(&mut written, Some(&patience)).expect("polled"), 1, "no archive");
    assert!(layout.join("index.json").exists());
    kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
    let mut reader = fs::File::open(&pipe).expect("a pipe");
    drop(both);
    let mut archive = Vec::new();
    reader.read_to_end(&mut archive).expect("the archive");
    let status = child.wait().expect("our child");
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()), "{status}");
    assert!(archive.len() > 1 << 14 && archive.len().is_multiple_of(512), "{}", archive.len());
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).expect("the folder").flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let expected = ["deployment.yaml", "oci", "oci.tar", "pod.yaml", "vm-replicas.yaml", "vm.yaml"];
    assert_eq!(names, expected.map(|end| OsString::from(format!("image.{end}"))));
}
