//! static-web-server, whole: it reads its options of the environment and serves until the power button is pressed.

use static_web_server::{Result, Server, Settings};
use unikernel_rt::unikernel;

#[unikernel(
    std(without = "processes"),
    console,
    shutdown,
    net(ip = "10.0.0.2/24"),
    kv(dir = "site"),
    env(SERVER_HOST = "0.0.0.0", SERVER_ROOT = "site", SERVER_LOG_LEVEL = "info", SERVER_DIRECTORY_LISTING = "true")
)]
fn main() -> Result<()> {
    Server::new(Settings::get(true)?)?.run_standalone(None)
}
