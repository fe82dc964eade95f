//! One application under one monitor: started, watched, asked, and ended.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use unikernel_cli::machine::Accelerator;
use unikernel_vocabulary::contract::ports::debug_exit_status;

use super::exits;
use super::monitor::{Monitor, Start};
use super::plan::Plan;
use crate::guest::tied;
use crate::network::Network;

/// How long a machine that has said something must go on, if it does not end.
const SETTLED: Duration = Duration::from_secs(1);
/// Requests whose exits are counted, after some that are not.
const REQUESTS: u32 = 200;
const WARM_UP: u32 = 20;
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// What is to be tried.
pub(super) struct Trial<'a> {
    pub(super) plan: &'a Plan,
    pub(super) monitor: Monitor,
    pub(super) network: Option<Network>,
    pub(super) accelerator: Accelerator,
    pub(super) patience: Duration,
}

/// What came of it.
pub(super) enum Outcome {
    Worked(Times),
    Failed(String),
    Untried(String),
}

/// Since the start of the monitor.
#[derive(Default)]
pub(super) struct Times {
    pub(super) output: Option<Duration>,
    pub(super) answer: Option<Duration>,
    pub(super) exits_per_request: Option<f64>,
    /// How it ended, or that it did not.
    pub(super) how: String,
}

impl Trial<'_> {
    pub(super) fn run(&self) -> Outcome {
        let is_silent = !self.plan.has_console() && self.plan.port.is_none();
        let needs_tap = self.plan.has_cards() && (is_silent || !self.monitor.has_status());
        if needs_tap && !matches!(self.network, Some(Network::Tap)) {
            return Outcome::Untried("that needs a tap, which this user may not make: be root".into());
        }
        let folder = match tempfile::tempdir() {
            Ok(folder) => folder,
            Err(error) => return Outcome::Failed(format!("cannot make a folder: {error}")),
        };
        match self.start(folder.path()) {
            Ok(mut machine) => match self.watch(&mut machine, folder.path()) {
                Ok(times) => Outcome::Worked(times),
                Err(why) => Outcome::Failed(why),
            },
            Err(outcome) => outcome,
        }
    }

    fn start(&self, folder: &Path) -> Result<Machine, Outcome> {
        let Plan { name, path, command_line, .. } = self.plan;
        let hardware = self.plan.hardware(self.network, folder).map_err(Outcome::Failed)?;
        let start = Start { name, kernel: path, command_line, hardware, accelerator: self.accelerator, folder };
        let command = self.monitor.command(start).map_err(|why| Outcome::Untried(first_line(&why)))?;
        Machine::start(command)
            .map_err(|error| Outcome::Failed(format!("cannot run `{}`: {error}", self.monitor.program())))
    }

    /// Waits for its output, its answer, and its end.
    fn watch(&self, machine: &mut Machine, folder: &Path) -> Result<Times, String> {
        let mut times = Times::default();
        let limit = machine.started + self.patience;
        if self.plan.has_console() {
            times.output = Some(self.wait_for_output(machine, limit)? - machine.started);
        }
        match (self.network, self.plan.port) {
            (Some(network), Some(port)) => {
                let address = match network {
                    Network::Tap => network.address(port),
                    Network::User { pages, .. } => SocketAddr::from(([127, 0, 0, 1], pages)),
                };
                let mut client = Client::connect(machine, address, limit)?;
                times.answer = Some(client.answered - machine.started);
                let socket = self.monitor.socket(folder);
                let count = || exits::count(socket.as_deref(), machine.id());
                client.ask(WARM_UP)?;
                let before = count();
                client.ask(REQUESTS)?;
                let exits = before.zip(count()).map(|(before, after)| after.saturating_sub(before));
                times.exits_per_request = exits.map(|exits| exits as f64 / f64::from(REQUESTS));
            }
            (Some(Network::Tap), None) if self.plan.has_cards() => {
                times.answer = Some(ping(machine, limit)? - machine.started);
            }
            _ => {}
        }
        let mut ended = None;
        let settled = Instant::now() + SETTLED;
        while ended.is_none() && Instant::now() < settled {
            ended = machine.ended_soon();
            thread::sleep(LOOK_AGAIN);
        }
        times.how = self.verdict(machine, ended)?;
        Ok(times)
    }

    fn wait_for_output(&self, machine: &mut Machine, limit: Instant) -> Result<Instant, String> {
        let mut ended = None;
        loop {
            if let Some(when) = machine.said().0 {
                return Ok(when);
            }
            // What it has said last was on the way when it ended, and would be here now.
            if ended.is_some() {
                return Err(self.no_output(machine, &format!("ended with {}", shown(ended))));
            }
            ended = machine.ended_soon();
            if Instant::now() > limit {
                return Err(self.no_output(machine, &format!("said nothing within {} s", self.patience.as_secs())));
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Whether the end, or that there is none, is success.
    fn verdict(&self, machine: &Machine, ended: Option<ExitStatus>) -> Result<String, String> {
        let said = machine.said().1;
        if let Some(line) = said.lines().find(|line| line.starts_with("unikernel: ")) {
            return Err(line.to_owned());
        }
        let Some(status) = ended else { return Ok("runs".into()) };
        let is_success = if self.monitor.has_status() {
            status.code().and_then(|code| debug_exit_status(code as u8)) == Some(0)
        } else {
            status.success()
        };
        if is_success {
            Ok("ended".into())
        } else {
            Err(format!("{} ended with {}", self.monitor.program(), shown(ended)))
        }
    }

    fn no_output(&self, machine: &Machine, what: &str) -> String {
        let complaint = machine.complaint();
        let complaint = if complaint.is_empty() { String::new() } else { format!(": {complaint}") };
        format!("{} {what}{complaint}", self.monitor.program())
    }
}

/// Pings the guest until it answers.
fn ping(machine: &mut Machine, limit: Instant) -> Result<Instant, String> {
    while machine.ended_soon().is_none() && Instant::now() < limit {
        let mut ping = Command::new("ping");
        ping.args(["-n", "-q", "-c", "1", "-W", "1", "10.0.0.2"]).stdin(Stdio::null());
        let status = ping.stdout(Stdio::null()).stderr(Stdio::null()).status();
        if status.map_err(|error| format!("cannot run `ping`: {error}; apt-get install iputils-ping"))?.success() {
            return Ok(Instant::now());
        }
    }
    Err("it does not answer pings".into())
}

fn shown(status: Option<ExitStatus>) -> String {
    status.map_or(String::new(), |status| status.to_string())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// A running machine, which ends with this.
struct Machine {
    child: Child,
    started: Instant,
    output: Arc<Mutex<(Option<Instant>, Vec<u8>)>>,
    errors: Arc<Mutex<(Option<Instant>, Vec<u8>)>>,
}

impl Machine {
    fn start(mut command: Command) -> std::io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = tied(&mut command).spawn()?;
        let (output, errors) = (Arc::default(), Arc::default());
        if let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) {
            collect(stdout, Arc::clone(&output));
            collect(stderr, Arc::clone(&errors));
        }
        Ok(Machine { child, started, output, errors })
    }

    fn id(&self) -> u32 {
        self.child.id()
    }

    /// When it has said something first, and all that it has said.
    fn said(&self) -> (Option<Instant>, String) {
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        (output.0, String::from_utf8_lossy(&output.1).into_owned())
    }

    /// The last that the monitor has complained of.
    fn complaint(&self) -> String {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&errors.1).trim_end().lines().last().unwrap_or_default().to_owned()
    }

    /// Its end, if it has come; a moment later, when what it said last has been read.
    fn ended_soon(&mut self) -> Option<ExitStatus> {
        let ended = self.child.try_wait().ok().flatten();
        if ended.is_some() {
            thread::sleep(Duration::from_millis(50));
        }
        ended
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The group is gone where all of it has ended.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

fn collect(mut from: impl Read + Send + 'static, to: Arc<Mutex<(Option<Instant>, Vec<u8>)>>) {
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
            to.0.get_or_insert_with(Instant::now);
            to.1.extend_from_slice(&bytes[..count]);
        }
    });
}

/// A client of the port that is served, on one connection.
struct Client {
    stream: TcpStream,
    answered: Instant,
}

impl Client {
    const REQUEST: &'static [u8] = b"GET / HTTP/1.1\r\nHost: unikernel\r\n\r\n";

    /// Connects, again and again, until a request is answered.
    fn connect(machine: &mut Machine, address: SocketAddr, limit: Instant) -> Result<Self, String> {
        loop {
            let failure = match TcpStream::connect_timeout(&address, Duration::from_secs(1)) {
                Ok(stream) => {
                    let _ = stream.set_nodelay(true);
                    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
                    let mut client = Client { stream, answered: Instant::now() };
                    match client.ask(1) {
                        Ok(()) => {
                            client.answered = Instant::now();
                            return Ok(client);
                        }
                        Err(failure) => failure,
                    }
                }
                Err(error) => error.to_string(),
            };
            if machine.ended_soon().is_some() || Instant::now() > limit {
                return Err(format!("{address} does not answer: {failure}"));
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Asks so often, one after the other.
    fn ask(&mut self, count: u32) -> Result<(), String> {
        for _ in 0..count {
            self.stream.write_all(Self::REQUEST).map_err(|error| error.to_string())?;
            self.read_answer().map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn read_answer(&mut self) -> std::io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body)
    }
}
