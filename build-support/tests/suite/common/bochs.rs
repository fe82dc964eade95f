//! A Bochs machine, whose BIOS is not SeaBIOS.

use std::{fs, path::Path, process::Stdio};

use super::{PATIENCE, tool, wait_for};

/// Boots `image`, as `cdrom` or `disk`, until the machine turns itself off; returns what COM1 said, with a line feed alone at the ends of lines.
pub(crate) fn run(image: &Path, device: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let image = image.display();
    let drive = match device {
        "cdrom" => format!("type=cdrom, path={image}, status=inserted"),
        _ => format!("type=disk, path={image}, mode=volatile, cylinders=8, heads=16, spt=63"),
    };
    let configuration = format!(
        "display_library: term\n\
         sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy\n\
         romimage: file=/usr/share/bochs/BIOS-bochs-latest\n\
         vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest\n\
         megs: 32\n\
         ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14\n\
         ata0-master: {drive}\n\
         boot: {device}\n\
         com1: enabled=1, mode=file, dev={}\n\
         log: {}\n\
         panic: action=fatal\n",
        at("com1"),
        at("log"),
    );
    fs::write(at("bochsrc"), configuration).unwrap();
    fs::write(at("commands"), "c\n").unwrap(); // Debian's Bochs waits in its debugger
    let mut bochs =
        tool("bochs", "bochs bochs-term bochsbios vgabios").args(["-q", "-f", &at("bochsrc"), "-rc", &at("commands")]);
    bochs.command.env("TERM", "xterm").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = match bochs.command.spawn() {
        Ok(child) => child,
        Err(error) => bochs.missing(&error),
    };
    let ended = wait_for(|| child.try_wait().expect("is our child"));
    let read = |name| String::from_utf8_lossy(&fs::read(at(name)).unwrap_or_default()).into_owned();
    if ended.is_none() {
        let _ = child.kill();
        let _ = child.wait();
        panic!("Bochs did not end within {PATIENCE:?}; COM1 said:\n{}\nits log:\n{}", read("com1"), read("log"));
    }
    let (console, log) = (read("com1"), read("log"));
    assert!(!console.is_empty(), "COM1 said nothing (is `bochs-term` installed?); the log of Bochs:\n{log}");
    console.replace("\r\n", "\n")
}
