//! A terminal for a program under test, with the test at the keyboard.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, tcgetattr};

/// No test waits for one event longer than this; none should come near it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A pseudo-terminal.
pub(crate) struct Terminal {
    keyboard: File,
    screen: Vec<u8>,
    line: OwnedFd,
}

impl Terminal {
    /// Opens one.
    pub(crate) fn open() -> Self {
        let keyboard =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pseudo-terminal");
        grantpt(&keyboard).expect("rights");
        unlockpt(&keyboard).expect("unlocked");
        let name = ptsname(&keyboard, Vec::new()).expect("a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let line = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).expect("its other side");
        Self { keyboard: keyboard.into(), screen: Vec::new(), line }
    }

    /// Starts a program as its foreground, as a shell would.
    pub(crate) fn start(&self, program: &Command) -> Child {
        let stdio = || Stdio::from(self.line.try_clone().expect("a file descriptor"));
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().expect("setsid is part of every system")
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &[u8]) {
        self.keyboard.write_all(keys).expect("a keyboard");
    }

    /// Waits until the screen shows a text.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let shown = |screen: &[u8]| screen.windows(text.len()).any(|window| window == text.as_bytes());
        while !shown(&self.screen) {
            let mut files = [PollFd::new(&self.keyboard, PollFlags::IN)];
            let patience = Timespec::try_from(PATIENCE).expect("a minute");
            let ready = poll(&mut files, Some(&patience)).expect("poll");
            assert_ne!(ready, 0, "no `{text}` on the screen: {}", String::from_utf8_lossy(&self.screen));
            let mut bytes = [0; 4096];
            let read = self.keyboard.read(&mut bytes).expect("the screen");
            self.screen.extend(&bytes[..read]);
        }
    }

    /// The terminal's settings.
    pub(crate) fn attributes(&self) -> Settings {
        let attributes: Termios = tcgetattr(&self.line).expect("attributes");
        let codes = format!("{:?}", attributes.special_codes);
        let modes = (attributes.input_modes.bits(), attributes.output_modes.bits(), attributes.local_modes.bits());
        Settings { is_raw: !attributes.local_modes.intersects(LocalModes::ICANON | LocalModes::ECHO), modes, codes }
    }
}

/// A terminal's settings, to be compared.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Keys arrive as they are pressed, and are not shown.
    pub(crate) is_raw: bool,
    modes: (u32, u32, u32),
    codes: String,
}

/// Waits until no process has `path` on its command line.
pub(crate) fn wait_until_gone(path: &Path) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !super::processes_with(path).is_empty() {
        assert!(std::time::Instant::now() < deadline, "the machine is still there: {:?}", super::processes_with(path));
        std::thread::sleep(Duration::from_millis(20));
    }
}
