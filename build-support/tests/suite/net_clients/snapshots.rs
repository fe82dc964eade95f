//! Two machines that are restored from one snapshot, one after the other: what they draw for the network differs.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;

use crate::common::PATIENCE;
use crate::common::namespace::Namespace;
use crate::common::wait_for;

/// Ports, numbers of questions and sequence numbers.
type Draws = [u32; 4];

/// Has the machine connect to a name, answers the question for it, and gives what was drawn for both.
fn draws(namespace: &Namespace, captured: &Path) -> Draws {
    let script = "exec 3<>/dev/tcp/10.0.0.2/53; printf a.test >&3; cat <&3";
    let (question, number) = namespace.inside(|| {
        let server = UdpSocket::bind("10.0.0.1:53").expect("nobody else is there");
        let listener = TcpListener::bind("10.0.0.1:7").expect("nobody else is there");
        server.set_read_timeout(Some(PATIENCE)).expect("is not zero");
        let asked = namespace.command("bash", "bash").args(["-c", script]).command.spawn();
        let mut drawn = None;
        // For each family.
        for _ in 0..2 {
            let mut message = [0; 512];
            let (length, from) = server.recv_from(&mut message).expect("it asks");
            let is_four = message[length - 3] == 1;
            let number = u16::from_be_bytes([message[0], message[1]]);
            // The same question, with an answer or none.
            let mut answer = message[..length].to_vec();
            (answer[2], answer[3], answer[7]) = (0x85, 0x80, u8::from(is_four));
            if is_four {
                answer.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 1]);
                drawn = Some((from.port(), number));
            }
            server.send_to(&answer, from).expect("can send");
        }
        drop(listener.accept().expect("it connects"));
        asked.expect("bash is there").wait().expect("is our child");
        drawn.expect("it asks for both")
    });
    let (port, sequence) = wait_for(|| syn(&fs::read(captured).ok()?)).expect("the connection's SYN");
    [question.into(), number.into(), port, sequence]
}

/// The port and the sequence number of the first SYN of the guest's own, in a file of libpcap's format. QEMU has put a header before each frame
/// where the card offloads, of a length that its version knows.
fn syn(captured: &[u8]) -> Option<(u32, u32)> {
    let mut rest = captured.get(24..)?;
    while let Some(header) = rest.first_chunk::<16>() {
        let length = u32::from_ne_bytes([header[8], header[9], header[10], header[11]]) as usize;
        let packet = rest.get(16..16 + length)?;
        for frame in [0, 10, 12].iter().filter_map(|before| packet.get(*before..)) {
            let is_tcp = frame.len() >= 54 && frame[12..15] == [8, 0, 0x45] && frame[23] == 6;
            if is_tcp && frame[26..30] == [10, 0, 0, 2] && frame[47] & 0x3F == 2 {
                let port = u16::from_be_bytes([frame[34], frame[35]]);
                return Some((port.into(), u32::from_be_bytes([frame[38], frame[39], frame[40], frame[41]])));
            }
        }
        rest = &rest[16 + length..];
    }
    None
}

#[test]
fn machines_of_one_snapshot_draw_different_numbers() {
    let namespace = Namespace::with_tap(1500, &["10.0.0.1/24"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let state = folder.path().join("state").display().to_string();
    let machine = |more: &[&str]| {
        let card = "virtio-net-pci";
        super::start_with(&namespace, "net_names", "pc", "net.dns=10.0.0.1", card, more)
    };
    let mut first = machine(&[]);
    first.wait_for("up: 10.0.0.2\n");
    first.monitor("stop");
    first.monitor(&format!("migrate \"exec:cat > {state}\""));
    wait_for(|| first.monitor("info migrate").contains("completed").then_some(())).expect("a snapshot");
    drop(first);
    let restored = [1, 2].map(|number| {
        let captured = folder.path().join(format!("captured{number}"));
        let capture = format!("filter-dump,id=dump,netdev=lan,file={}", captured.display());
        let machine = machine(&["-object", &capture, "-incoming", &format!("exec:cat {state}")]);
        wait_for(|| machine.monitor("info migrate").contains("completed").then_some(())).expect("a machine");
        machine.monitor("cont");
        draws(&namespace, &captured)
    });
    for (one, other) in restored[0].iter().zip(restored[1]) {
        assert_ne!(*one, other, "{restored:?}");
    }
}
