//! What urunc tells a guest of the type `linux`, and QEMU: <https://github.com/urunc-dev/urunc>, without the cluster around it.

/// The command line: `Linux.CommandString` in pkg/unikontainers/unikernels/linux.go. `address` is `ADDRESS::GATEWAY:NETMASK`, and
/// `process` the container's entrypoint and arguments.
pub(crate) fn line(address: Option<&str>, environment: &[String], process: &[String]) -> String {
    let mut line = "panic=-1 console=ttyS0".to_owned();
    if let Some(address) = address {
        line += &format!(" ip={address}:urunc:eth0:off");
    }
    for variable in environment {
        line += &format!(" {variable}");
    }
    let wrapped = process.iter().map(|word| if word.contains(' ') { format!("'{word}'") } else { word.clone() });
    let words: Vec<_> = wrapped.collect();
    line + &format!(" init={} -- {}", words[0], words[1..].join(" "))
}

/// Variables of a pod, as Kubernetes makes them for each service, those of the image, and some that a person has written.
pub(crate) fn environment() -> Vec<String> {
    let mut variables = vec!["PATH=/usr/local/sbin:/usr/local/bin".to_owned(), "HOSTNAME=web-7d9f8".to_owned()];
    for service in 0..12 {
        let (name, host) = (format!("SERVICE_{service}"), format!("10.96.0.{service}"));
        variables.push(format!("{name}_SERVICE_HOST={host}"));
        variables.push(format!("{name}_SERVICE_PORT=443"));
        variables.push(format!("{name}_PORT=tcp://{host}:443"));
        variables.push(format!("{name}_PORT_443_TCP=tcp://{host}:443"));
        variables.push(format!("{name}_PORT_443_TCP_ADDR={host}"));
    }
    variables.extend(["MOTTO=it's \"all\" one", "EMPTY=", "=:"].map(str::to_owned));
    variables
}

/// How many words of that environment nobody has declared: a text with spaces is several.
pub(crate) const UNKNOWN: usize = 12 * 5 + 3 + 2;

/// QEMU's arguments, but for accelerator and processor, with a network of QEMU's own in place of the pod's tap.
pub(crate) fn qemu(memory: &str, kernel: &str, network: &str, line: &str) -> Vec<String> {
    let machine = ["-m", memory, "-cpu", "max", "-vga", "none", "-monitor", "null", "-smp", "1", "-kernel", kernel];
    let card = ["-net", "nic,model=virtio,macaddr=52:54:00:12:34:56", "-net", network, "-append", line];
    machine.into_iter().chain(card).map(str::to_owned).collect()
}
