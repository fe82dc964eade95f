//! TLS by rustls, unchanged from the registry, over aws-lc, ring and graviola: servers and clients as images, with curl and OpenSSL as peers.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;

use unikernel_test::{Boot, Disk, Image, Machine};

use crate::command_line::stdout;
use crate::common::certificates::Authority;
use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::boot;
use crate::common::{PATIENCE, prepare, qemu, tool, wait_for};
use crate::std_programs::{QUICK, kernel, succeeds};
use crate::std_servers::{Running, free_port};

/// Boots a program with the certificates on its disk.
#[track_caller]
fn start(name: &str, authority: &Authority, command_line: &str, processor: &str) -> Machine {
    prepare();
    let machine = Image::open(kernel(name, QUICK)).machine().boot(Boot::Kernel).tcg().timeout(PATIENCE);
    let machine = machine.memory("64MiB").append(command_line).disk("disk", Disk::folder(authority.folder()));
    machine.qemu(processor.split(' ')).start()
}

#[track_caller]
fn serve(authority: &Authority, provider: &str, processor: &str) -> Machine {
    let mut machine = start("tls_server", authority, &format!("provider={provider}"), processor);
    machine.expect("listening\n");
    machine
}

/// What curl prints for a page of a server that it knows as `name`: the page, or its exit status.
fn curl(authority: &Authority, machine: &Machine, name: &str, options: &[&str]) -> Result<String, i32> {
    let address = machine.address(443);
    let port = address.port();
    let command = tool("curl", "curl").args(["--silent", "--max-time", "60", "--cacert"]).arg(authority.path("ca.pem"));
    let command = command.args(["--resolve", &format!("{name}:{port}:{}", address.ip())]).args(options);
    let output = command.arg(format!("https://{name}:{port}/")).output();
    if output.status.success() { Ok(stdout(&output)) } else { Err(output.status.code().expect("it ends by itself")) }
}

/// OpenSSL's client, which sends `request`.
#[track_caller]
fn s_client(authority: &Authority, machine: &Machine, options: &[&str], request: &str) -> Running {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-verify_return_error", "-servername", "localhost", "-CAfile"]);
    command.arg(authority.path("ca.pem")).args(["-connect", &machine.address(443).to_string()]).args(options);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut client = Running(command.spawn().expect("openssl"));
    client.0.stdin.as_mut().expect("a pipe").write_all(request.as_bytes()).expect("it reads");
    client
}

/// What it receives until the server says goodbye.
#[track_caller]
fn whole(mut client: Running) -> String {
    let mut answer = String::new();
    client.0.stdout.as_mut().expect("a pipe").read_to_string(&mut answer).expect("text");
    answer
}

/// A request, and the last one.
const ASKED: &str = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";

#[track_caller]
fn answers_clients(provider: &str, processor: &str) {
    let authority = Authority::new();
    authority.vouch("server", "DNS:localhost,IP:127.0.0.1", 30);
    let machine = serve(&authority, provider, processor);
    for (version, name) in [("1.2", "TLSv1_2"), ("1.3", "TLSv1_3")] {
        let options = ["--tls-max", version, &format!("--tlsv{version}")];
        assert_eq!(curl(&authority, &machine, "localhost", &options), Ok(format!("{name} Full\n")));
        let session = authority.path(name).display().to_string();
        let version = format!("-tls{}", version.replace('.', "_"));
        let first = whole(s_client(&authority, &machine, &[&version, "-sess_out", &session], ASKED));
        assert!(
            first.starts_with("HTTP/1.1 200 OK\r\n") && first.ends_with(&format!("\r\n\r\n{name} Full\n")),
            "{first}"
        );
        let second = whole(s_client(&authority, &machine, &[&version, "-sess_in", &session], ASKED));
        assert!(second.ends_with(&format!("\r\n\r\n{name} Resumed\n")), "{second}");
    }
    // Who asks for another name than there is in the certificate is not answered for it.
    assert_eq!(curl(&authority, &machine, "other.test", &[]), Err(60));
    // Broken off in the handshake, nonsense, and an end without a goodbye: the server says why, and serves others.
    let mut stream = machine.connect(443);
    stream.write_all(b"\x16\x03\x01\x02\x00\x01").expect("is sent");
    drop(stream);
    let mut stream = machine.connect(443);
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("is sent");
    let mut alert = Vec::new();
    let _ = stream.read_to_end(&mut alert); // it may be reset behind the alert
    assert!(alert.starts_with(&[0x15, 3]), "{alert:?}");
    let mut client = s_client(&authority, &machine, &[], "GET / HTTP/1.1\r\n\r\n");
    client.0.stdout.as_mut().expect("a pipe").read_exact(&mut [0; 15]).expect("an answer");
    drop(client);
    for fault in ["tls handshake eof", "received corrupt message", "without sending TLS close_notify"] {
        machine.wait_until(fault, |console| console.contains(fault).then_some(()));
    }
    assert_eq!(curl(&authority, &machine, "localhost", &[]), Ok("TLSv1_3 Full\n".to_owned()));
}

#[test]
fn a_server_over_aws_lc_answers_curl_and_openssl() {
    if is_left_out("TLS over aws-lc", Effort::All) {
        return;
    }
    answers_clients("aws-lc", "-cpu max");
    // A processor without AVX, AES and carry-less multiplication.
    answers_clients("aws-lc", "-cpu qemu64");
}

/// aws-lc reads a variable by `sscanf`, and says by `fprintf` why it gives up.
#[test]
fn aws_lc_refuses_a_processor_that_is_not_there() {
    if is_left_out("what aws-lc says", Effort::All) {
        return;
    }
    let line = "server=10.0.0.1:1 provider=aws-lc env.OPENSSL_ia32cap=0xffffffffffffffff";
    let outcome = start("tls_client", &Authority::new(), line, "-cpu max").wait();
    let said = outcome.console();
    assert!(said.contains("Fatal Error: HW capability found: 0x"), "{said}");
    assert!(said.contains(", but HW capability requested: 0xFFFFFFFF 0xFFFFFFFF.\n"), "{said}");
}

#[test]
fn a_server_over_ring_answers_curl_and_openssl() {
    if is_left_out("TLS over ring", Effort::All) {
        return;
    }
    answers_clients("ring", "-cpu max");
    // A processor without AVX, AES and carry-less multiplication.
    answers_clients("ring", "-cpu qemu64");
}

#[test]
fn a_server_over_graviola_answers_curl_and_openssl() {
    if is_left_out("TLS over graviola", Effort::All) {
        return;
    }
    answers_clients("graviola", "-cpu max");
}

/// OpenSSL's server on this host, which shows its state to whoever asks for `/`.
#[track_caller]
fn s_server(authority: &Authority, name: &str, options: &[&str]) -> (Running, u16) {
    let port = free_port();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-www", "-accept", &format!("127.0.0.1:{port}")]).args(options);
    command.arg("-cert").arg(authority.path(&format!("{name}.pem")));
    command.arg("-key").arg(authority.path(&format!("{name}.key")));
    let server = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("openssl"));
    wait_for(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()).expect("it listens");
    (server, port)
}

/// What a client says to its console.
#[track_caller]
fn says(authority: &Authority, client: &str, command_line: &str, options: &str) -> String {
    let outcome = start(client, authority, command_line, options).wait();
    outcome.success();
    outcome.console()
}

#[test]
fn clients_ask_openssl_and_believe_no_other() {
    if is_left_out("clients over TLS", Effort::All) {
        return;
    }
    let (authority, stranger) = (Authority::new(), Authority::new());
    authority.vouch("server", "DNS:localhost,IP:10.0.0.1", 30);
    for provider in ["aws-lc", "ring", "graviola"] {
        for (option, version) in [("-tls1_2", "TLSv1_2"), ("-tls1_3", "TLSv1_3")] {
            let (_server, port) = s_server(&authority, "server", &[option]);
            let line = format!("server=10.0.0.1:{port} provider={provider}");
            let expected = format!("{version} Full HTTP/1.0 200 ok\n{version} Resumed HTTP/1.0 200 ok\n");
            assert_eq!(says(&authority, "tls_client", &line, "-cpu max"), expected);
        }
        let (_server, port) = s_server(&authority, "server", &[]);
        let line = format!("server=10.0.0.1:{port} provider={provider}");
        let faults = [
            (&authority, "name=other.test", "-cpu max", "certificate not valid for name \"other.test\""),
            (&authority, "", "-cpu max -rtc base=2040-01-01", "certificate expired"),
            (&authority, "", "-cpu max -rtc base=2020-01-01", "certificate not valid yet"),
            (&stranger, "", "-cpu max", ""),
        ];
        for (trusted, more, options, fault) in faults {
            let said = says(trusted, "tls_client", &format!("{line} {more}"), options);
            let expected = format!("invalid peer certificate: {fault}");
            assert!(said.lines().count() == 2 && said.lines().all(|line| line.starts_with(&expected)), "{said}");
        }
        // Cut in the middle of the handshake.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let cutter = thread::spawn(move || {
            for stream in listener.incoming().take(2) {
                let mut stream = stream.expect("it connects");
                stream.read_exact(&mut [0; 64]).expect("it says hello");
                stream.write_all(b"\x16\x03\x03\x00\x7a\x02").expect("it listens");
            }
        });
        let said = says(&authority, "tls_client", &format!("server=10.0.0.1:{port} provider={provider}"), "-cpu max");
        cutter.join().expect("it was asked twice");
        assert!(said.lines().count() == 2 && !said.contains("200"), "{said}");
    }
    let (_server, port) = s_server(&authority, "server", &[]);
    for provider in ["aws-lc", "ring"] {
        let line = format!("server=https://10.0.0.1:{port}/ provider={provider}");
        let said = says(&authority, "reqwest_tls", &line, "-cpu max");
        assert!(said.starts_with("HTTP/1.0 200 OK ") && said.ends_with(" bytes\n"), "{said}");
        let said = says(&stranger, "reqwest_tls", &line, "-cpu max");
        assert!(said.starts_with("invalid peer certificate: "), "{said}");
    }
}

/// The registers of AVX are what `ring` and graviola compute in.
#[test]
fn registers_of_avx_are_kept() {
    if is_left_out("registers of AVX", Effort::All) {
        return;
    }
    let machine = |processor: &str| {
        let mut arguments = boot(&kernel("registers", QUICK), "pc", "16M", "");
        arguments.extend(["-cpu", processor].map(str::to_owned));
        qemu::run(arguments)
    };
    let outcome = machine("max");
    succeeds(&outcome);
    assert_eq!(outcome.console, "kept true\n[8000, 16000, 24000, 32000]\n");
    let outcome = machine("qemu64");
    succeeds(&outcome);
    assert_eq!(outcome.console, "no AVX2\n");
}
