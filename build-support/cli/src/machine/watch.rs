//! Debugging aids for a running machine.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Newlines;
use super::qemu::DEBUG_EXIT;
use crate::symbolize::Symbolizer;

/// The debugging aids of [`super::run`]; none by default.
#[derive(Debug, Default)]
pub struct Watch {
    /// Ends the lines of the console output as files here do; none where the kernel sends bytes as they are.
    pub newlines: Option<Newlines>,
    /// Adds backtraces to the console output.
    pub symbolizer: Option<Symbolizer>,
    /// The absolute path of a core file to write when the kernel crashes.
    pub dump: Option<PathBuf>,
    /// The socket of the gdb server.
    pub gdb: Option<PathBuf>,
}

impl Watch {
    /// The console output to show. No bytes are its end.
    pub(super) fn console(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let bytes = match &mut self.newlines {
            Some(newlines) if bytes.is_empty() => newlines.end().to_vec(),
            Some(newlines) => newlines.feed(&bytes),
            None => bytes,
        };
        match &mut self.symbolizer {
            Some(symbolizer) => symbolizer.feed(&bytes),
            None => bytes,
        }
    }

    /// Adapts QEMU's arguments.
    pub(super) fn arguments(&self, mut arguments: Vec<OsString>) -> Vec<OsString> {
        if self.dump.is_some() {
            // It would end QEMU before the core file is written; the dump contains the status instead.
            let is_exit = |pair: &[OsString]| pair[0] == "-device" && pair[1].to_string_lossy().starts_with(DEBUG_EXIT);
            if let Some(at) = arguments.windows(2).position(is_exit) {
                arguments.drain(at..at + 2);
            }
            arguments.extend(["-action".into(), "panic=pause".into()]);
        }
        if let Some(socket) = &self.gdb {
            let path = socket.to_string_lossy().replace(',', ",,");
            let chardev = format!("socket,id=gdb,path={path},server=on,wait=off");
            arguments.extend(["-chardev".into(), chardev.into(), "-gdb".into(), "chardev:gdb".into()]);
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(watch: &Watch) -> String {
        let plain = ["-m", "16M", "-device", "isa-debug-exit,iobase=0x501", "-device", "pvpanic"];
        let all = watch.arguments(plain.map(OsString::from).to_vec());
        all.iter().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn nothing_is_changed_for_nothing() {
        assert_eq!(arguments(&Watch::default()), "-m 16M -device isa-debug-exit,iobase=0x501 -device pvpanic");
    }

    #[test]
    fn a_machine_that_is_to_be_dumped_pauses_at_a_crash() {
        let watch = Watch { dump: Some("core".into()), ..Watch::default() };
        assert_eq!(arguments(&watch), "-m 16M -device pvpanic -action panic=pause");
    }

    #[test]
    fn gdb_is_listened_to_on_a_socket() {
        let told = arguments(&Watch { gdb: Some("a,b".into()), ..Watch::default() });
        assert!(told.ends_with("-chardev socket,id=gdb,path=a,,b,server=on,wait=off -gdb chardev:gdb"), "{told}");
    }
}
