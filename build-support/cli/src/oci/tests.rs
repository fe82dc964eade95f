//! The image is read back by the letter of the specification; the boot tests have other programs read it.

use std::fs;
use std::io::{self, Read};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;

fn about() -> About {
    About {
        title: "web".into(),
        version: "1.2.3".into(),
        licenses: Some("MIT OR Apache-2.0".into()),
        source: Some("https://example.org/web".into()),
    }
}

fn layout(monitor: Monitor) -> Layout {
    let contents = Contents {
        name: "web",
        kernel: b"\x7fELF kernel",
        iso: &[7; 5000],
        words: &["port=80".to_owned(), "greeting=two words".to_owned()],
        monitor,
        sbom: b"{\"bomFormat\":\"CycloneDX\"}",
        about: &about(),
    };
    contents.layout(&"registry.example/web:1".parse().expect("a name")).expect("a date")
}

fn parsed(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

/// Writes the layout; returns its folder and the reader of a blob by its descriptor, which checks digest and size.
fn written(layout: &Layout) -> (tempfile::TempDir, impl Fn(&Value) -> Vec<u8> + use<>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("web.oci");
    layout.write(Layout::begin(&path).expect("begun")).expect("written");
    let read = move |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().expect("a digest").strip_prefix("sha256:").expect("SHA-256");
        let bytes = fs::read(path.join("blobs/sha256").join(digest)).expect("a blob");
        let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((hash.as_str(), descriptor["size"].as_u64()), (digest, Some(bytes.len() as u64)));
        bytes
    };
    (folder, read)
}

/// The files of an archive: path, kind, owner, mode, time, contents.
fn files(archive: &[u8]) -> Vec<(String, [u64; 4], Vec<u8>)> {
    let mut archive = tar::Archive::new(archive);
    let read = |entry: io::Result<tar::Entry<'_, &[u8]>>| {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").display().to_string();
        let header = entry.header();
        assert_eq!(header.uid().expect("an owner"), header.gid().expect("a group"));
        let numbers = [header.uid(), header.mode().map(u64::from), header.mtime(), header.size()];
        let numbers = numbers.map(|number| number.expect("a number"));
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("contents");
        (path, numbers, bytes)
    };
    archive.entries().expect("entries").map(read).collect()
}

#[test]
fn every_blob_is_found_by_its_digest() {
    let (folder, read) = written(&layout(Monitor::Qemu));
    let path = folder.path().join("web.oci");
    assert_eq!(fs::read(path.join("oci-layout")).expect("the mark"), b"{\"imageLayoutVersion\":\"1.0.0\"}");
    let index = parsed(&fs::read(path.join("index.json")).expect("the index"));
    let [image, referrer] = index["manifests"].as_array().expect("manifests").as_slice() else { panic!("{index}") };
    assert_eq!(image["annotations"]["org.opencontainers.image.ref.name"], "1");
    assert_eq!(image["annotations"]["io.containerd.image.name"], "registry.example/web:1");
    assert_eq!(image["platform"], serde_json::json!({ "architecture": "amd64", "os": "linux" }));

    let manifest = parsed(&read(image));
    let annotations = &manifest["annotations"];
    for (key, value) in [
        ("org.opencontainers.image.title", "web"),
        ("org.opencontainers.image.version", "1.2.3"),
        ("org.opencontainers.image.licenses", "MIT OR Apache-2.0"),
        ("org.opencontainers.image.source", "https://example.org/web"),
        ("org.opencontainers.image.created", "1970-01-01T00:00:00Z"),
        ("com.urunc.unikernel.unikernelType", "linux"),
        ("com.urunc.unikernel.hypervisor", "qemu"),
        ("com.urunc.unikernel.binary", "/boot/kernel"),
        ("com.urunc.unikernel.mountRootfs", "false"),
    ] {
        assert_eq!(annotations[key], value, "{key}");
    }
    let config = parsed(&read(&manifest["config"]));
    assert_eq!((&config["os"], &config["architecture"]), (&"linux".into(), &"amd64".into()));
    assert_eq!(config["config"]["Entrypoint"], serde_json::json!(["/boot/kernel", "port=80", "greeting=two words"]));
    assert_eq!(config["config"]["Labels"]["org.opencontainers.image.title"], "web");
    let mut archive = Vec::new();
    let layer = read(&manifest["layers"][0]);
    flate2::read::GzDecoder::new(&layer[..]).read_to_end(&mut archive).expect("gzip");
    assert_eq!(config["rootfs"]["diff_ids"], serde_json::json!([blob::digest(&archive)]));

    // The bill of materials refers to the image.
    assert_eq!(referrer["artifactType"], "application/vnd.cyclonedx+json");
    assert_eq!(referrer["annotations"]["org.opencontainers.image.ref.name"], "1.sbom");
    let artifact = parsed(&read(referrer));
    assert_eq!(artifact["artifactType"], "application/vnd.cyclonedx+json");
    assert_eq!(artifact["subject"]["digest"], image["digest"]);
    assert_eq!(read(&artifact["subject"]), read(image));
    assert_eq!(read(&artifact["config"]), b"{}");
    assert_eq!(read(&artifact["layers"][0]), b"{\"bomFormat\":\"CycloneDX\"}");
    assert_eq!(artifact["layers"][0]["annotations"]["org.opencontainers.image.title"], "web.cdx.json");
    assert_eq!(fs::read_dir(path.join("blobs/sha256")).expect("blobs").count(), 6);
}

#[test]
fn the_layer_has_what_each_reader_wants() {
    let archive = {
        let mut archive = Vec::new();
        let layer = layout(Monitor::Firecracker).layer.bytes;
        flate2::read::GzDecoder::new(&layer[..]).read_to_end(&mut archive).expect("gzip");
        archive
    };
    let files = files(&archive);
    let shown: Vec<_> =
        files.iter().map(|(path, [owner, mode, time, _], _)| (path.as_str(), *owner, *mode, *time)).collect();
    assert_eq!(
        shown,
        [
            ("boot/", 0, 0o755, 0),
            ("boot/kernel", 0, 0o644, 0),
            ("disk/", 107, 0o755, 0),
            ("disk/web.iso", 107, 0o440, 0),
            ("urunc.json", 0, 0o644, 0),
        ]
    );
    assert_eq!((files[1].2.as_slice(), files[3].2.len()), (&b"\x7fELF kernel"[..], 5000));
    let urunc = parsed(&files[4].2);
    let fields = urunc.as_object().expect("an object");
    assert_eq!(fields["com.urunc.unikernel.unikernelType"], "bGludXg=");
    assert_eq!(fields["com.urunc.unikernel.hypervisor"], "ZmlyZWNyYWNrZXI=");
    assert_eq!(fields["com.urunc.unikernel.binary"], "L2Jvb3Qva2VybmVs");
    assert_eq!(fields.len(), 4);
}

#[test]
fn the_archive_is_a_layout_of_the_image_and_what_docker_loads() {
    let layout = layout(Monitor::CloudHypervisor);
    let files = files(&layout.archive());
    let bytes = |path: &str| &files.iter().find(|file| file.0 == path).unwrap_or_else(|| panic!("no {path}")).2;
    let index = parsed(bytes("index.json"));
    assert_eq!(index["manifests"].as_array().map(Vec::len), Some(1), "readers of archives want one image");
    assert_eq!(index["manifests"][0]["digest"], layout.digest());
    let loaded = &parsed(bytes("manifest.json"))[0];
    assert_eq!(loaded["RepoTags"], serde_json::json!(["registry.example/web:1"]));
    for path in [&loaded["Config"], &loaded["Layers"][0]] {
        let path = path.as_str().expect("a path");
        assert_eq!(path, format!("blobs/{}", blob::digest(bytes(path)).replace(':', "/")));
    }
    assert!(files.iter().all(|(_, [owner, _, time, _], _)| (*owner, *time) == (0, 0)));
}

#[test]
fn equal_contents_give_equal_images() {
    let [one, other] = [0, 1].map(|_| layout(Monitor::Qemu));
    assert_eq!(one, other);
    assert_eq!(one.archive(), other.archive());
    assert_ne!(one.digest(), layout(Monitor::Firecracker).digest());
    assert_ne!(one.digest(), one.sbom_digest());
}

#[test]
fn a_folder_that_is_no_layout_is_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("precious"), "contents").expect("written");
    let error = Layout::begin(folder.path()).expect_err("not a layout");
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    let (folder, _) = written(&layout(Monitor::Qemu));
    let again = Layout::begin(&folder.path().join("web.oci")).expect("a layout is replaced");
    layout(Monitor::Qemu).write(again).expect("written");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
}
