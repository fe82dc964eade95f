//! Boots kernels whose console is a screen, a virtio console, or several devices at once, and reads the output of each.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::{boot, kernel, read};
use crate::common::qemu::{self, Qemu};
use crate::common::{program, tool, wait_for};
use tempfile::TempDir;
use unikernel_bench::counts;

/// Columns and rows of the screen.
const COLUMNS: usize = 80;
const ROWS: usize = 25;

/// The screen of a machine, as QEMU's monitor shows it, also after the machine has been switched off.
pub(crate) struct Screen<'m> {
    machine: &'m Qemu,
    folder: TempDir,
}

impl<'m> Screen<'m> {
    /// The option for a machine that stays there when it has been switched off.
    pub(crate) const STAYS: [&'static str; 1] = ["-no-shutdown"];

    pub(crate) fn of(machine: &'m Qemu) -> Self {
        Self { machine, folder: tempfile::tempdir().expect("a folder") }
    }

    /// A register of the CRT controller.
    fn crt(&self, index: u8) -> usize {
        self.machine.monitor(&format!("o /b 0x3d4 {index:#x}"));
        let answer = self.machine.monitor("i /b 0x3d5");
        let (_, value) = answer.rsplit_once("= 0x").expect("a value");
        usize::from_str_radix(value.split_whitespace().next().expect("a number"), 16).expect("a number")
    }

    /// The lines that the screen shows.
    fn lines(&self) -> Vec<String> {
        let file = self.folder.path().join("vga");
        self.machine.monitor(&format!("pmemsave 0xb8000 32768 \"{}\"", file.display()));
        let start = self.crt(0x0c) << 8 | self.crt(0x0d);
        let characters: Vec<u8> = fs::read(&file).expect("was written").into_iter().step_by(2).collect();
        let shown = &characters[start..start + ROWS * COLUMNS];
        shown.chunks(COLUMNS).map(|line| String::from_utf8_lossy(line).trim_end().to_owned()).collect()
    }

    /// The lines, once the kernel has ended. Not earlier: it reads the same registers, in two accesses each.
    pub(crate) fn lines_at_end(&self) -> Vec<String> {
        let is_off = || self.machine.monitor("info status").contains("paused (shutdown)").then_some(());
        assert!(wait_for(is_off).is_some(), "the kernel did not end; the screen is {:#?}", self.lines());
        self.lines()
    }
}

#[test]
fn a_screen_shows_the_last_lines_and_the_report() {
    let options = boot(&kernel("console_screen"), "pc", "4M", "");
    let screen = ["-vga", "std"].into_iter().chain(Screen::STAYS).map(str::to_owned);
    let machine = Qemu::start_bare(options.into_iter().chain(screen));
    let lines = Screen::of(&machine).lines_at_end();
    let last = lines.iter().rposition(|line| !line.is_empty()).expect("some text");
    assert_eq!(lines[last - 1..=last], ["unikernel: error: \"enough\"", "unikernel: exit status 1"]);
    for (line, number) in lines[..last - 1].iter().rev().zip((0..300).rev()) {
        assert_eq!(*line, format!("line {number}"));
    }
    assert_eq!(machine.console(), "", "no serial port is declared");
}

#[test]
fn a_machine_without_a_screen_is_told_of_on_the_other_consoles() {
    let outcome = qemu::run(boot(&kernel("console_screen"), "pc", "4M", ""));
    assert_eq!((outcome.code, outcome.console.as_str()), (Some(104 << 1 | 1), ""));
    let console = ["-device", "virtio-serial-pci,max_ports=1", "-device", "virtconsole"].map(str::to_owned);
    let outcome = qemu::run(boot(&kernel("consoles"), "pc", "4M", "").into_iter().chain(console));
    assert_eq!(outcome.code, Some(104 << 1 | 1), "{outcome:?}");
    assert_eq!(
        outcome.console,
        "unikernel: device `console`: the machine has no screen in text mode; this needs a VGA and a BIOS boot\n\
         unikernel: exit status 104\n"
    );
}

#[test]
fn a_machine_without_a_virtio_console_is_told_of_on_the_other_consoles() {
    let screen = ["-vga".to_owned(), "std".to_owned()];
    let outcome = qemu::run(boot(&kernel("consoles"), "pc", "4M", "").into_iter().chain(screen));
    assert_eq!(outcome.code, Some(104 << 1 | 1), "{outcome:?}");
    assert!(outcome.console.starts_with("unikernel: device `console`: the machine has no "), "{}", outcome.console);
}

#[test]
fn several_consoles_say_the_same_the_report_of_a_panic_included() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("virtio");
    let backend = format!("file,id=virtio,path={}", file.display());
    let consoles = ["-vga", "std", "-chardev", &backend, "-device", "virtio-serial-pci,max_ports=1", "-device"];
    let consoles = consoles.into_iter().chain(["virtconsole,chardev=virtio"]).chain(Screen::STAYS).map(str::to_owned);
    let options = boot(&kernel("consoles"), "pc", "4M", "");
    let mut machine = Qemu::start_bare(options.into_iter().chain(consoles));
    machine.wait_for("ready\n");
    machine.type_in("by serial\n");
    machine.wait_for("exit status 101\n");
    let lines = Screen::of(&machine).lines_at_end();
    let serial = machine.console();
    assert!(serial.starts_with("ready\ngot by serial\nunikernel: panicked at "), "{serial}");
    assert_eq!(fs::read_to_string(&file).expect("was written").replace("\r\n", "\n"), serial);
    // A line that is longer than the screen goes on in the next.
    let shown: String = lines.concat();
    let expected = serial.replace('\n', "");
    assert!(shown.ends_with(&expected), "{lines:#?}\n{serial}");
}

/// Echoes `text` on the virtio console; what became of it, and what QEMU said.
fn echoed(text: &str, options: &[String]) -> (Option<i32>, String, String) {
    let mut run = tool(program(), "this package's own").arg("run").arg(kernel("console_virtio")).arg("--kernel");
    run = run.args(options);
    run.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = run.command.spawn().expect("starts");
    child.stdin.take().expect("is piped").write_all(text.as_bytes()).expect("is read");
    let output = child.wait_with_output().expect("ends");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_virtio_console_echoes_on_every_machine() {
    let text = (0..100).map(|line| format!("line {line}\n")).collect::<String>() + "end\n";
    for machine in ["pc", "q35", "microvm"] {
        let (code, output, errors) = echoed(&text, &["--machine".into(), machine.into()]);
        assert_eq!((code, output), (Some(0), format!("ready\n{text}")), "{machine}: {errors}");
    }
}

#[test]
fn a_virtio_console_echoes_on_pci_express() {
    if is_left_out("a console on PCI Express", Effort::All) {
        return;
    }
    // The devices of `q35`, on another machine.
    let options = ["--machine", "q35", "--", "-machine", "microvm,pcie=on"].map(str::to_owned);
    let (code, output, errors) = echoed("hello\nend\n", &options);
    assert_eq!((code, output.as_str()), (Some(0), "ready\nhello\nend\n"), "{errors}");
}

#[test]
fn a_letter_on_a_virtio_console_costs_no_port_access() {
    const LETTERS: usize = 4000;
    let folder = tempfile::tempdir().expect("a folder");
    let plugin = counts::plugin(folder.path()).expect("is built");
    let entry = read("console_virtio").entry();
    let options = ["--".to_owned(), "-plugin".to_owned(), format!("{},entry={entry:#x}", plugin.display())];
    let port_io = |letters: usize| {
        let line = "x".repeat(39) + "\n";
        let (code, output, errors) = echoed(&(line.repeat(letters / 40) + "end\n"), &options);
        assert_eq!((code, output.len()), (Some(0), "ready\n".len() + letters + "end\n".len()), "{errors}");
        let at = |point| counts::at(point, &errors).unwrap_or_else(|| panic!("no counts at {point}: {errors}"));
        at("end").port_io - at("entry").port_io
    };
    let more = port_io(40 + LETTERS).saturating_sub(port_io(40));
    assert!(more * 100 < LETTERS as u64, "{more} port accesses for {LETTERS} letters");
}
