//! `unikernel net`: creates a bridge and a tap on this host, for guests on a real network.

use crate::machine::bridge::{Bridge, USUAL_ADDRESS, USUAL_BRIDGE, USUAL_TAP};
use clap::Subcommand;

use super::failure::Failure;
use super::output;

/// Create or remove a bridge and a tap, for guests on a real network.
///
/// `unikernel run --net tap` connects a guest to the tap. The host has the gateway's address on the bridge; guest and host reach
/// each other at their own addresses. To reach other networks, add a card of the host to the bridge, or let the host route.
///
/// This needs root; without it, the command to run is printed.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  sudo unikernel net up\n  sudo unikernel net up --bridge br0 --tap web0   # on a bridge of your own\n  \
                  unikernel run -p stackv4 --net tap\n  sudo unikernel net down"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Create the bridge and the tap, if they are missing
    Up {
        #[command(flatten)]
        names: Names,

        /// The host's address and prefix on a new bridge
        #[arg(long, value_name = "ADDRESS", default_value = USUAL_ADDRESS)]
        address: String,

        /// The user who may open the tap [default: the user who called sudo]
        #[arg(long)]
        user: Option<String>,
    },
    /// Remove the bridge and the tap, if `up` created them
    Down {
        #[command(flatten)]
        names: Names,
    },
}

#[derive(clap::Args)]
struct Names {
    /// The bridge; an existing one is used unchanged
    #[arg(long, value_name = "NAME", default_value = USUAL_BRIDGE)]
    bridge: String,

    /// The tap
    #[arg(long, value_name = "NAME", default_value = USUAL_TAP)]
    tap: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let failure = |error: crate::machine::bridge::Error| Failure::Text(error.to_string());
    match &arguments.verb {
        Verb::Up { names, address, user } => {
            let user = user.clone().unwrap_or_else(invoking_user);
            let bridge = names.bridge(address, user);
            for made in bridge.up().map_err(failure)? {
                output::progress("Made", made);
            }
            output::progress(
                "Up",
                format_args!("{}, {} on it: `unikernel run --net tap={1}`", bridge.bridge, bridge.tap),
            );
        }
        Verb::Down { names } => {
            let (removed, left) = names.bridge(USUAL_ADDRESS, invoking_user()).down().map_err(failure)?;
            if removed.is_empty() && left.is_empty() {
                output::progress("Down", "the bridge and the tap do not exist");
            }
            removed.iter().for_each(|name| output::progress("Removed", name));
            left.iter().for_each(|why| output::progress("Left", why));
        }
    }
    Ok(())
}

impl Names {
    fn bridge(&self, address: &str, user: String) -> Bridge {
        Bridge { bridge: self.bridge.clone(), tap: self.tap.clone(), address: address.into(), user }
    }
}

/// The user who called sudo, else the current one.
fn invoking_user() -> String {
    let named = ["SUDO_USER", "USER"].iter().find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
    named.unwrap_or_else(|| "root".into())
}
