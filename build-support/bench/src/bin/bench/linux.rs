//! The peer: Debian's cloud kernel with busybox and nginx in its memory, put together from packages.

mod cpio;
mod modules;
mod packages;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Failure, output};

/// What a Linux guest boots.
pub(super) struct Linux {
    pub(super) kernel: PathBuf,
    pub(super) initramfs: PathBuf,
}

/// What its devices need, besides what is built into the kernel.
const MODULES: [&str; 4] = ["virtio_pci", "virtio_net", "virtio_blk", "virtio_rng"];

/// The page, of 1 KiB.
const PAGE_BYTES: usize = 1024;

/// Makes the guest in `folder`; what is there from an earlier time is used again.
pub(super) fn prepare(folder: &Path) -> Result<Linux, Failure> {
    let linux = packages::unpacked(folder, &packages::newest_kernel()?)?;
    let nginx = packages::unpacked(folder, "nginx")?;
    let boot = linux.join("boot");
    let entries = fs::read_dir(&boot).map_err(|error| format!("cannot read `{}`: {error}", boot.display()))?;
    let is_kernel = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz"));
    let kernel = entries.flatten().map(|entry| entry.path()).find(is_kernel);
    let kernel = kernel.ok_or_else(|| format!("`{}` has no kernel", boot.display()))?;

    output::progress("Making", "the Linux guest");
    let mut archive = cpio::Archive::default();
    archive.device("dev/console", (5, 1));
    archive.file("init", include_bytes!("linux/init"));
    archive.file("nginx.conf", include_bytes!("linux/nginx.conf"));
    archive.file("etc/passwd", b"root:x:0:0:root:/:/bin/sh\n");
    archive.file("etc/group", b"root:x:0:\n");
    archive.file("site/1k.html", &[b'u'; PAGE_BYTES]);
    for empty in ["proc", "sys", "run", "tmp", "var/log/nginx", "var/lib/nginx"] {
        archive.folder(empty);
    }
    archive.file("bin/busybox", &read(Path::new("/bin/busybox"))?);
    archive.file("bin/tool", &read(&tool(folder)?)?);
    program(&mut archive, &nginx.join("usr/sbin/nginx"))?;
    let mut names = String::new();
    for module in modules::order(&linux.join("lib/modules"), &MODULES)? {
        let name = module.file_name().unwrap_or_default().to_string_lossy().into_owned();
        archive.file(&format!("modules/{name}"), &read(&module)?);
        names += &format!("{name}\n");
    }
    archive.file("modules/order", names.as_bytes());
    let initramfs = folder.join("initramfs");
    fs::write(&initramfs, archive.finish())
        .map_err(|error| format!("cannot write `{}`: {error}", initramfs.display()))?;
    Ok(Linux { kernel, initramfs })
}

impl Linux {
    /// The same with programs of the host beside nginx, one of which `program=NAME` on the kernel's command line starts in its place.
    pub(super) fn with_programs(&self, folder: &Path, programs: &[PathBuf]) -> Result<Self, Failure> {
        let mut archive = cpio::Archive::default();
        for path in programs {
            program(&mut archive, path)?;
        }
        // The kernel unpacks one archive after the other.
        let bytes = [read(&self.initramfs)?, archive.finish()].concat();
        let initramfs = folder.join("initramfs-programs");
        fs::write(&initramfs, bytes).map_err(|error| format!("cannot write `{}`: {error}", initramfs.display()))?;
        Ok(Self { kernel: self.kernel.clone(), initramfs })
    }
}

/// Adds a program, with its libraries.
fn program(archive: &mut cpio::Archive, path: &Path) -> Result<(), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    archive.file(&format!("bin/{name}"), &read(path)?);
    for library in libraries(path)? {
        archive.file(library.trim_start_matches('/'), &read(Path::new(&library))?);
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path)
        .map_err(|error| format!("cannot read `{}`: {error}\nhelp: build-support/setup.sh bench", path.display()))
}

/// Compiles the guest's program.
fn tool(folder: &Path) -> Result<PathBuf, Failure> {
    let (source, program) = (folder.join("tool.c"), folder.join("tool"));
    fs::write(&source, include_str!("linux/tool.c"))
        .map_err(|error| format!("cannot write `{}`: {error}", source.display()))?;
    let mut compiler = Command::new("cc");
    compiler.args(["-static", "-O2", "-Wall", "-o"]).arg(&program).arg(&source);
    packages::succeed(compiler, "cc")?;
    Ok(program)
}

/// The libraries of a program, and its loader, by what the host's loader says.
fn libraries(program: &Path) -> Result<Vec<String>, Failure> {
    let mut loader = Command::new("ldd");
    loader.arg(program);
    let text = packages::succeed(loader, "ldd")?;
    if let Some(missing) = text.lines().find(|line| line.contains("not found")) {
        return Err(format!(
            "`{}` needs a library that is not there: {}\nhelp: build-support/setup.sh bench",
            program.display(),
            missing.trim()
        ));
    }
    let words = text.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')));
    Ok(words.map(str::to_owned).collect())
}
