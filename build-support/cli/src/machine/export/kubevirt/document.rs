//! The exported parts of a `VirtualMachine`, by the names of the API, in the order of the file.

use serde::Serialize;
use serde_json::Value;

/// The whole file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VirtualMachine {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) metadata: Metadata,
    pub(super) spec: Spec,
}

#[derive(Serialize)]
pub(super) struct Metadata {
    pub(super) name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    pub(super) run_strategy: &'static str,
    pub(super) template: Template,
}

/// A replica set: the whole file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReplicaSet {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) metadata: Metadata,
    pub(super) spec: ReplicaSetSpec,
}

#[derive(Serialize)]
pub(super) struct ReplicaSetSpec {
    pub(super) replicas: u32,
    pub(super) selector: Selector,
    pub(super) template: Template,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Selector {
    pub(super) match_labels: Labels,
}

#[derive(Serialize)]
pub(super) struct Template {
    pub(super) metadata: TemplateMetadata,
    pub(super) spec: TemplateSpec,
}

#[derive(Serialize)]
pub(super) struct TemplateMetadata {
    pub(super) labels: Labels,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) annotations: Option<Value>,
}

#[derive(Clone, Serialize)]
pub(super) struct Labels {
    #[serde(rename = "kubevirt.io/domain")]
    pub(super) domain: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TemplateSpec {
    pub(super) domain: Domain,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) readiness_probe: Option<Probe>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) networks: Vec<Network>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) volumes: Vec<Volume>,
}

#[derive(Serialize)]
pub(super) struct Domain {
    pub(super) machine: Machine,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) firmware: Option<Firmware>,
    pub(super) cpu: Cpu,
    pub(super) memory: Memory,
    pub(super) devices: Devices,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Probe {
    /// `tcpSocket` or `httpGet`.
    #[serde(flatten)]
    pub(super) question: Value,
    pub(super) period_seconds: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Firmware {
    pub(super) kernel_boot: KernelBoot,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KernelBoot {
    pub(super) container: KernelContainer,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) kernel_args: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KernelContainer {
    pub(super) image: String,
    pub(super) kernel_path: &'static str,
}

#[derive(Serialize)]
pub(super) struct Machine {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

#[derive(Serialize)]
pub(super) struct Cpu {
    pub(super) cores: u32,
}

/// Memory, by a quantity such as `16384Ki`.
#[derive(Serialize)]
pub(super) struct Memory {
    pub(super) guest: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Devices {
    pub(super) autoattach_graphics_device: bool,
    pub(super) autoattach_mem_balloon: bool,
    pub(super) autoattach_pod_interface: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rng: Option<Empty>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) disks: Vec<Disk>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) interfaces: Vec<Interface>,
}

/// An empty object, whose presence is its meaning.
#[derive(Serialize)]
pub(super) struct Empty {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Disk {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) boot_order: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) serial: Option<String>,
    #[serde(flatten)]
    pub(super) device: Device,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Device {
    Cdrom { bus: Bus },
    Disk { bus: Bus, readonly: bool },
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Bus {
    Sata,
    Virtio,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) model: InterfaceModel,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mac_address: Option<String>,
    #[serde(flatten)]
    pub(super) uplink: Uplink,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ports: Vec<Port>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum InterfaceModel {
    Virtio,
}

/// The binding of an interface to its network.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Uplink {
    Bridge(Empty),
    Masquerade(Empty),
}

#[derive(Serialize)]
pub(super) struct Port {
    pub(super) port: u16,
    pub(super) protocol: String,
}

#[derive(Serialize)]
pub(super) struct Network {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) source: Source,
}

/// The network of an interface.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Source {
    Multus(Multus),
    Pod(PodNetwork),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Multus {
    pub(super) network_name: String,
}

#[derive(Serialize)]
pub(super) struct PodNetwork {
    #[serde(rename = "vmNetworkCIDR")]
    pub(super) vm_network_cidr: String,
}

#[derive(Serialize)]
pub(super) struct Volume {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) source: VolumeSource,
}

/// The source of a disk.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum VolumeSource {
    ContainerDisk(ContainerDisk),
    PersistentVolumeClaim(Claim),
}

#[derive(Serialize)]
pub(super) struct ContainerDisk {
    pub(super) image: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Claim {
    pub(super) claim_name: String,
}
