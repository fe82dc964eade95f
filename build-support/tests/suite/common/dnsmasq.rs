//! `dnsmasq` as DHCP and DNS server of a namespace. It ends with the test.

use std::path::Path;
use std::process::{Child, Stdio};

use super::namespace::Namespace;

pub(crate) struct Dnsmasq(Child);

impl Dnsmasq {
    /// Has it lend one address of 10.9.0.0/24.
    pub(crate) const LENDS: [&str; 3] = ["--dhcp-authoritative", "--dhcp-range=10.9.0.50,10.9.0.50,2m", "--no-ping"];

    /// Starts it on `tap0` with more arguments: it knows nothing of `.test` but what it is told.
    pub(crate) fn start(namespace: &Namespace, folder: &Path, more: &[&str]) -> Self {
        let path = |name: &str| folder.join(name).display().to_string();
        let mut dnsmasq = namespace.command("dnsmasq", "dnsmasq-base").args([
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--no-resolv",
            "--no-hosts",
            "--log-dhcp",
            "--user=root",
            "--interface=tap0",
            "--bind-interfaces",
            "--local=/test/",
            &format!("--dhcp-leasefile={}", path("leases")),
            &format!("--pid-file={}", path("pid")),
            &format!("--log-facility={}", path("log")),
        ]);
        dnsmasq.command.args(more).stdin(Stdio::null());
        match dnsmasq.command.spawn() {
            Ok(child) => Dnsmasq(child),
            Err(error) => dnsmasq.missing(&error),
        }
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended already
        let _ = self.0.wait();
    }
}
