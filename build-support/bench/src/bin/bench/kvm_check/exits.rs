//! How often a machine has left the processor for its host, as KVM counts it.
//!
//! QEMU is asked, which needs no rights: `query-stats` of <https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html>, of QEMU 7.1
//! and Linux 5.14. For other monitors the count is in debugfs, which root alone reads.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// The exits of the machine of a process so far, where they can be known.
pub(super) fn count(socket: Option<&Path>, process: u32) -> Option<u64> {
    match socket {
        Some(socket) => of_qemu(socket),
        None => of_debugfs(Path::new("/sys/kernel/debug/kvm"), process),
    }
}

fn of_qemu(socket: &Path) -> Option<u64> {
    const QUESTION: &str = concat!(
        r#"{"execute":"qmp_capabilities"}{"execute":"query-stats","arguments":{"target":"vcpu","#,
        r#""providers":[{"provider":"kvm","names":["exits"]}]}}"#,
        "\n"
    );
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    stream.write_all(QUESTION.as_bytes()).ok()?;
    BufReader::new(stream).lines().map_while(Result::ok).find_map(|line| answer(&line)).flatten()
}

/// The sum of all processors' exits in an answer of QEMU's; none within where it has no such numbers.
fn answer(line: &str) -> Option<Option<u64>> {
    let answer: serde_json::Value = serde_json::from_str(line).ok()?;
    if answer.get("error").is_some() {
        return Some(None);
    }
    let processors = answer.get("return")?.as_array()?;
    let stats = processors.iter().flat_map(|one| one["stats"].as_array().into_iter().flatten());
    let exits: Vec<u64> =
        stats.filter(|stat| stat["name"] == "exits").filter_map(|stat| stat["value"].as_u64()).collect();
    Some((!exits.is_empty()).then(|| exits.iter().sum()))
}

/// KVM's folder of a machine is named by its process, and a file descriptor of that.
fn of_debugfs(folder: &Path, process: u32) -> Option<u64> {
    let prefix = format!("{process}-");
    let mut machines = fs::read_dir(folder).ok()?.flatten();
    let machine = machines.find(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))?;
    fs::read_to_string(machine.path().join("exits")).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn qemu_is_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("qmp");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let qemu = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            stream.write_all(b"{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n").expect("sent");
            let mut question = String::new();
            BufReader::new(&stream).read_line(&mut question).expect("a question");
            let stats = "[{\"provider\": \"kvm\", \"qom-path\": \"/machine/unattached/device[0]\", \"stats\": [{\"name\": \"exits\", \"value\": 74}]}, \
                         {\"provider\": \"kvm\", \"stats\": [{\"name\": \"exits\", \"value\": 6}]}]";
            stream.write_all(format!("{{\"return\": {{}}}}\r\n{{\"return\": {stats}}}\r\n").as_bytes()).expect("sent");
            question
        });
        assert_eq!(count(Some(&socket), 0), Some(80));
        assert!(qemu.join().expect("ends").contains("\"query-stats\""));
    }

    #[test]
    fn without_kvm_there_is_no_number() {
        assert_eq!(answer(r#"{"return": []}"#), Some(None));
        assert_eq!(answer(r#"{"error": {"class": "GenericError", "desc": "no"}}"#), Some(None));
        assert_eq!(answer(r#"{"event": "SHUTDOWN"}"#), None);
        assert_eq!(answer(r#"{"return": {}}"#), None);
        assert_eq!(count(Some(Path::new("/nonexistent")), 0), None);
    }

    #[test]
    fn debugfs_has_a_folder_for_each_machine() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, exits) in [("7-12", "1\n"), ("77-12", "1234\n")] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
            fs::write(folder.path().join(name).join("exits"), exits).expect("written");
        }
        assert_eq!(of_debugfs(folder.path(), 77), Some(1234));
        assert_eq!(of_debugfs(folder.path(), 78), None);
    }
}
