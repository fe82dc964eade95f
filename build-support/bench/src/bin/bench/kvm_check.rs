//! `bench kvm-check`: boots every application under every monitor that is installed, and says what worked and how fast.
//!
//! [`plan`] makes a machine of an application, [`monitor`] the command that starts it, [`trial`] starts and watches it, and
//! [`exits`] reads how often it has left the processor.

mod exits;
mod monitor;
mod plan;
mod trial;

use std::fs;
use std::time::Duration;

use unikernel_cli::cargo::{Application, Workspace};
use unikernel_cli::machine::Accelerator;
use unikernel_cli::table::{Align, Table};

use super::network::Network;
use super::{Failure, output};
use monitor::Monitor;
use plan::Plan;
use trial::{Outcome, Trial};

/// Boot every application under QEMU/KVM, Firecracker and Cloud Hypervisor, where they are installed.
///
/// A machine has worked if it says something, reports no failure, and ends with status 0 or goes on for a second. One with a
/// card also has to answer: HTTP at its argument `port`, else pings. Exits are counted by QEMU, and for the others in /sys/kernel/debug, as root.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  bench kvm-check\n  bench kvm-check -p static_web\n  bench kvm-check --without-kvm"
)]
pub(super) struct Arguments {
    /// Boot this application alone; may be repeated
    #[arg(short, long = "package", value_name = "APP")]
    packages: Vec<String>,

    /// Try this monitor alone, by its program; may be repeated
    #[arg(long = "monitor", value_name = "PROGRAM", value_parser = ["qemu-system-x86_64", "firecracker", "cloud-hypervisor"])]
    monitors: Vec<String>,

    /// How many seconds a machine has, until it says something, and until it answers
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    patience: u64,

    /// Try the command without KVM: QEMU translates, and other monitors are started as they are
    #[arg(long)]
    without_kvm: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.without_kvm {
        need_kvm()?;
    }
    let is_wanted = |monitor: &Monitor| {
        arguments.monitors.is_empty() || arguments.monitors.iter().any(|wanted| wanted == monitor.program())
    };
    let wanted: Vec<Monitor> = Monitor::ALL.into_iter().filter(is_wanted).collect();
    let installed: Vec<Monitor> = wanted.iter().copied().filter(|monitor| monitor.is_installed()).collect();
    for monitor in wanted.iter().filter(|monitor| monitor.is_first() && !installed.contains(monitor)) {
        output::warning(format_args!("`{}` is not installed, and not tried", monitor.program()));
    }
    if installed.is_empty() {
        return Err("no monitor is installed\nhelp: apt-get install qemu-system-x86".into());
    }
    let here = std::env::current_dir().map_err(|error| format!("cannot get the current folder: {error}"))?;
    let workspace = Workspace::find(&here).map_err(|error| error.to_string())?;
    let applications = selected(&workspace, &arguments.packages)?;
    let plans: Vec<Plan> = applications.iter().map(|one| Plan::make(&workspace, one)).collect::<Result<_, _>>()?;
    let network = if plans.iter().any(Plan::has_cards) { Some(Network::enter()?) } else { None };

    let accelerator = if arguments.without_kvm { Accelerator::Tcg } else { Accelerator::Kvm };
    let patience = Duration::from_secs(arguments.patience);
    let mut table = Table::new([Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Left]);
    table.row(["application", "monitor", "output, ms", "answer, ms", "exits a request", "result"]);
    let (mut worked, mut failed, mut untried) = (0, Vec::new(), 0);
    for plan in &plans {
        for monitor in &installed {
            output::progress("Booting", format_args!("{} on {}", plan.name, monitor.name()));
            let outcome = Trial { plan, monitor: *monitor, network, accelerator, patience }.run();
            match &outcome {
                Outcome::Worked(_) => worked += 1,
                Outcome::Failed(_) => failed.push(format!("{} on {}", plan.name, monitor.name())),
                Outcome::Untried(_) => untried += 1,
            }
            table.row(row(plan, *monitor, &outcome));
        }
    }
    print!("{table}");
    println!("{worked} worked, {} failed, {untried} not tried", failed.len());
    if !failed.is_empty() {
        Err(format!("these do not work: {}", failed.join(", ")))
    } else if worked == 0 {
        Err("nothing was tried".into())
    } else {
        Ok(())
    }
}

fn row(plan: &Plan, monitor: Monitor, outcome: &Outcome) -> [String; 6] {
    let ms = |time: Option<Duration>| time.map_or(String::new(), |time| format!("{:.1}", time.as_secs_f64() * 1e3));
    let (name, on) = (plan.name.clone(), monitor.name().to_owned());
    match outcome {
        Outcome::Worked(times) => {
            let exits = times.exits_per_request.map_or(String::new(), |exits| format!("{exits:.2}"));
            [name, on, ms(times.output), ms(times.answer), exits, format!("works, {}", times.how)]
        }
        Outcome::Failed(why) => [name, on, String::new(), String::new(), String::new(), format!("FAILED: {why}")],
        Outcome::Untried(why) => [name, on, String::new(), String::new(), String::new(), format!("not tried: {why}")],
    }
}

/// What is missing for KVM, and how to get it.
fn need_kvm() -> Result<(), Failure> {
    if Accelerator::detect() == Accelerator::Kvm {
        return Ok(());
    }
    let why = match fs::OpenOptions::new().read(true).write(true).open("/dev/kvm") {
        Ok(_) => {
            "/dev/kvm is there, but the processor has no virtualisation: /proc/cpuinfo has neither `vmx` nor `svm`\n\
                  help: turn it on in the firmware; in a virtual machine, turn on nested virtualisation of its host"
                .into()
        }
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            format!("cannot open /dev/kvm: {error}\nhelp: usermod -aG kvm \"$USER\", and log in again")
        }
        Err(error) => format!("cannot open /dev/kvm: {error}\nhelp: modprobe kvm_intel, or modprobe kvm_amd"),
    };
    Err(format!(
        "KVM does not work here, and nothing was booted: {why}\nhelp: `--without-kvm` tries this command by QEMU's translator"
    ))
}

fn selected(workspace: &Workspace, packages: &[String]) -> Result<Vec<Application>, Failure> {
    if packages.is_empty() {
        return Ok(workspace.applications(false));
    }
    packages.iter().map(|name| workspace.application(name).map_err(|error| error.to_string())).collect()
}
