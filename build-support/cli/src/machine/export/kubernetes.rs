//! What Kubernetes is told about an image of `unikernel export --for oci`: pods for urunc, machines for KubeVirt.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/>; <https://urunc.io>

use serde_json::{Value, json};

use super::resource::{REPLICAS, annotations, open_ports, probe, resource_name, served_ports};
use super::{Deployment, Exported, Format, Unsuitable, comments, console, kubevirt, mebibytes, without_smbios, yaml};
use crate::machine::hardware::{Console, Hardware, Link};
use crate::manifest::Protocol;

/// One way of running an image on Kubernetes; each is a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// One pod, to try it.
    Pod,
    /// A `Deployment`, and a `Service` in front of it.
    Deployment,
    /// KubeVirt's `VirtualMachine`, and a `Service`.
    VirtualMachine,
    /// KubeVirt's replica set, and a `Service`.
    VirtualMachines,
}

impl Workload {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pod, Self::Deployment, Self::VirtualMachine, Self::VirtualMachines];

    /// The last part of its file's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pod => "pod",
            Self::Deployment => "deployment",
            Self::VirtualMachine => "vm",
            Self::VirtualMachines => "vm-replicas",
        }
    }

    /// Exports a machine whose image has its kernel at `kernel_path`.
    ///
    /// # Errors
    /// Returns an error if the application declares what is not to be had there.
    pub fn write(self, deployment: &Deployment<'_>, kernel_path: &'static str) -> Result<Exported, Unsuitable> {
        let name = resource_name(deployment.name);
        let mut remarks = Vec::new();
        let (label, mut documents) = match self {
            Self::Pod | Self::Deployment => {
                remarks.extend(limits_of_urunc(deployment)?);
                let document = if self == Self::Pod { lone_pod(deployment) } else { replicated_pod(deployment) };
                (LABEL, vec![yaml::write(&document)])
            }
            Self::VirtualMachine | Self::VirtualMachines => {
                console::check(Format::Kubevirt, deployment.hardware)?;
                remarks.push(kubevirt::status());
                let document = if self == Self::VirtualMachine {
                    kubevirt::machine(deployment, &mut remarks)?
                } else {
                    kubevirt::replicas(deployment, kernel_path, &mut remarks)?
                };
                (kubevirt::LABEL, vec![document])
            }
        };
        if self != Self::Pod {
            documents.extend(service(&name, label, deployment.hardware).map(|service| yaml::write(&service)));
        }
        Ok(Exported { text: comments("# ", &remarks) + &documents.join("---\n"), remarks })
    }
}

/// The label by which pods are selected.
const LABEL: &str = "app.kubernetes.io/name";

/// What a guest of urunc lacks.
fn limits_of_urunc(deployment: &Deployment<'_>) -> Result<Vec<String>, Unsuitable> {
    let hardware = deployment.hardware;
    if !deployment.takes_linux {
        return Err(Unsuitable(
            "urunc starts a guest as if it were Linux, with the address and the environment of its pod, and the kernel does not \
             take them\nhelp: add `values(linux)` to `#[unikernel(...)]`"
                .into(),
        ));
    }
    if !console::has(hardware, Console::Serial) {
        return Err(Unsuitable(
            "urunc gives a guest a serial port alone, and the kernel declares another console\nhelp: declare `console(serial)`"
                .into(),
        ));
    }
    if let Some(disk) = hardware.disks.first() {
        return Err(Unsuitable(format!(
            "urunc gives a guest no disk for `{}`, without which the kernel ends\nhelp: use the VirtualMachine",
            disk.name
        )));
    }
    if hardware.cards.len() > 1 {
        return Err(Unsuitable(format!(
            "urunc gives a guest one card, and the kernel declares {}\nhelp: use the VirtualMachine",
            hardware.cards.len()
        )));
    }
    let mut remarks = vec![
        "The exit status is only on the console, which `kubectl logs` shows; the pod always ends as if it had succeeded."
            .into(),
        "The cluster needs urunc and its RuntimeClass: https://urunc.io/installation/.".into(),
        "urunc gives the guest the memory limit of its container; where the monitor is in the same cgroup, raise it by what that \
         needs, 64Mi for QEMU."
            .into(),
        "Boot arguments of a pod, `args: [\"port=81\"]`, come after those of the image.".into(),
    ];
    without_smbios(hardware, &mut remarks);
    if let Some(Link::Tap(tap)) = hardware.cards.first().map(|card| &card.link) {
        remarks.push(format!("Ports are those of `forward`, and the card on {tap} has none: no Service, no probes."));
    }
    Ok(remarks)
}

/// A pod of its own, which is over when its kernel is.
fn lone_pod(deployment: &Deployment<'_>) -> Value {
    let name = resource_name(deployment.name);
    let mut spec = pod(deployment);
    spec["restartPolicy"] = "Never".into();
    let mut metadata = json!({ "name": name, "labels": { LABEL: name } });
    annotate(&mut metadata, deployment.hardware);
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec })
}

fn replicated_pod(deployment: &Deployment<'_>) -> Value {
    let name = resource_name(deployment.name);
    let labels = json!({ LABEL: name });
    let mut metadata = json!({ "labels": labels });
    annotate(&mut metadata, deployment.hardware);
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name, "labels": labels },
        "spec": {
            "replicas": REPLICAS,
            "selector": { "matchLabels": labels },
            "template": { "metadata": metadata, "spec": pod(deployment) },
        },
    })
}

fn annotate(metadata: &mut Value, hardware: &Hardware) {
    if let Some(annotations) = annotations(hardware) {
        metadata["annotations"] = annotations;
    }
}

/// The specification of a pod for urunc.
fn pod(deployment: &Deployment<'_>) -> Value {
    let hardware = deployment.hardware;
    let memory = format!("{}Mi", mebibytes(hardware.memory_bytes));
    let mut container = json!({ "name": resource_name(deployment.name), "image": deployment.image });
    let ports = open_ports(hardware);
    if !ports.is_empty() {
        let port = |(protocol, port): &(_, u16)| json!({ "containerPort": port, "protocol": upper(*protocol) });
        container["ports"] = ports.iter().map(port).collect();
    }
    container["resources"] = json!({
        "requests": { "cpu": "10m", "memory": memory },
        "limits": { "cpu": hardware.cpus.to_string(), "memory": memory },
    });
    if let Some(mut probe) = probe(hardware, "/readyz") {
        probe["periodSeconds"] = 5.into();
        container["readinessProbe"] = probe;
    }
    if let Some(mut probe) = probe(hardware, "/livez") {
        (probe["periodSeconds"], probe["failureThreshold"]) = (10.into(), 3.into());
        container["livenessProbe"] = probe;
    }
    json!({
        "runtimeClassName": "urunc",
        // Their variables would be on the boot command line, dozens of them.
        "enableServiceLinks": false,
        // There is no file system to find a token in.
        "automountServiceAccountToken": false,
        "containers": [container],
    })
}

/// The service of machines with a label, if they serve anything.
fn service(name: &str, label: &str, hardware: &Hardware) -> Option<Value> {
    let ports = served_ports(hardware);
    let port = |(protocol, port): &(Protocol, u16)| {
        let name = format!("{}-{port}", protocol.name());
        json!({ "name": name, "port": port, "targetPort": port, "protocol": upper(*protocol) })
    };
    (!ports.is_empty()).then(|| {
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": { "name": name },
            "spec": { "selector": { label: name }, "ports": ports.iter().map(port).collect::<Vec<_>>() },
        })
    })
}

fn upper(protocol: Protocol) -> String {
    protocol.name().to_uppercase()
}
