//! The program under test while it runs.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long anything may take on a busy host.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running program with its two streams; it ends with the test.
pub(crate) struct Running {
    child: Child,
    streams: [Arc<Mutex<Vec<u8>>>; 2],
    readers: Vec<JoinHandle<()>>,
}

fn collect(mut from: impl Read + Send + 'static, readers: &mut Vec<JoinHandle<()>>) -> Arc<Mutex<Vec<u8>>> {
    let collected = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&collected);
    readers.push(thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            sink.lock().expect("not poisoned").extend_from_slice(&bytes[..count]);
        }
    }));
    collected
}

impl Running {
    /// Starts it, with nothing to read.
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut readers = Vec::new();
        let out = collect(child.stdout.take().expect("piped"), &mut readers);
        let err = collect(child.stderr.take().expect("piped"), &mut readers);
        Self { child, streams: [out, err], readers }
    }

    /// What it has written to standard output and to standard error so far.
    pub(crate) fn said(&self) -> [String; 2] {
        let text =
            |stream: &Arc<Mutex<Vec<u8>>>| String::from_utf8_lossy(&stream.lock().expect("not poisoned")).into_owned();
        [text(&self.streams[0]), text(&self.streams[1])]
    }

    /// Waits until it has written `text` to standard output.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let start = Instant::now();
        while !self.said()[0].contains(text) {
            let ended = self.child.try_wait().expect("our child");
            let [out, err] = self.said();
            assert!(ended.is_none() || out.contains(text), "ended ({ended:?}) without `{text}`:\n{out}\n{err}");
            assert!(start.elapsed() < PATIENCE, "no `{text}` within {PATIENCE:?}:\n{out}\n{err}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Presses Ctrl-C, as a shell does it, and waits for the end; returns the exit status.
    pub(crate) fn interrupt(&mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("it runs");
        self.end()
    }

    /// Waits for its end; returns the exit status.
    pub(crate) fn end(&mut self) -> Option<i32> {
        let start = Instant::now();
        let status = loop {
            match self.child.try_wait().expect("our child") {
                Some(status) => break status,
                None if start.elapsed() > PATIENCE => panic!("it did not end within {PATIENCE:?}: {:?}", self.said()),
                None => thread::sleep(Duration::from_millis(10)),
            }
        };
        self.readers.drain(..).for_each(|reader| reader.join().expect("no panic"));
        status.code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended already
        let _ = self.child.wait();
    }
}
