//! Names and ports of a machine, as Kubernetes wants them.

use crate::machine::hardware::{Hardware, Link};
use crate::manifest::Protocol;
use serde_json::{Value, json};

/// The number of machines to begin with: one may fail, or be replaced.
pub(super) const REPLICAS: u32 = 2;

/// The longest label of a domain name.
const LABEL_MAX: usize = 63;

/// The image's name in a registry that nobody has.
#[must_use]
pub fn container_image(name: &str) -> String {
    format!("registry.example/{}:latest", resource_name(name))
}

/// A valid name of Kubernetes, Proxmox and Google (RFC 1035): lower case, digits and `-`, a letter first.
#[must_use]
pub fn resource_name(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(letter).collect();
    let name = name.trim_matches('-');
    let is_label = name.starts_with(|c: char| c.is_ascii_lowercase());
    let mut name = if is_label { name.to_owned() } else { format!("app-{name}") };
    name.truncate(LABEL_MAX);
    name.trim_end_matches('-').to_owned()
}

/// The ports that the guest serves at the address of its pod: those that are forwarded to its first card.
pub(super) fn served_ports(hardware: &Hardware) -> Vec<(Protocol, u16)> {
    let Some(Link::User { forward, .. }) = hardware.cards.first().map(|card| &card.link) else { return Vec::new() };
    let mut ports: Vec<(Protocol, u16)> = Vec::new();
    for port in forward.iter().map(|forward| (forward.protocol, forward.guest)) {
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    ports
}

/// The ports of a guest, that of its metrics included.
pub(super) fn open_ports(hardware: &Hardware) -> Vec<(Protocol, u16)> {
    let mut ports = served_ports(hardware);
    ports.extend(hardware.metrics_port.map(|port| (Protocol::Tcp, port)).filter(|port| !ports.contains(port)));
    ports
}

/// What Prometheus looks at where it finds pods by their annotations.
pub(super) fn annotations(hardware: &Hardware) -> Option<Value> {
    let port = hardware.metrics_port?.to_string();
    Some(json!({ "prometheus.io/scrape": "true", "prometheus.io/port": port, "prometheus.io/path": "/metrics" }))
}

/// What a probe asks: the application, where it says how it is on a port of its own, else whether its first port answers.
pub(super) fn probe(hardware: &Hardware, path: &str) -> Option<Value> {
    match hardware.metrics_port {
        Some(port) => Some(json!({ "httpGet": { "path": path, "port": port } })),
        None => Some(json!({ "tcpSocket": { "port": probed_port(hardware)? } })),
    }
}

/// The first port that answers when something connects to it.
fn probed_port(hardware: &Hardware) -> Option<u16> {
    served_ports(hardware).into_iter().find_map(|(protocol, port)| (protocol == Protocol::Tcp).then_some(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels_of_domain_names() {
        assert_eq!(resource_name("static_web"), "static-web");
        assert_eq!(resource_name("-Web.1-"), "web-1");
        assert_eq!(resource_name("9p"), "app-9p");
        assert_eq!(resource_name("größe"), "gr--e");
        assert_eq!(resource_name("__"), "app");
        assert_eq!(resource_name(&"a-".repeat(40)).len(), 63);
        assert_eq!(resource_name(&"ab".repeat(40)).len(), 63);
        assert_eq!(container_image("static_web"), "registry.example/static-web:latest");
    }
}
