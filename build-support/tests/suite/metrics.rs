//! Kernels that say how they are: probes, and metrics in the format that Prometheus reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::machine;
use crate::common::{PATIENCE, packages, root, tool};
use unikernel_cli::cargo::{self, Workspace};
use unikernel_test::{Boot, Image, Machine};

/// What a client gets: its status, and its body.
fn curl(arguments: &[&str], address: SocketAddr, path: &str) -> (String, String) {
    let curl = tool("curl", "curl").args(["--silent", "--show-error", "--max-time", "60"]).args(arguments);
    let output =
        curl.args(["--write-out", "%{http_code} %{content_type}"]).arg(format!("http://{address}{path}")).run();
    let body = output.rfind('\n').map_or("", |end| &output[..=end]);
    (output[body.len()..].to_owned(), body.to_owned())
}

/// The samples of a text in the format (version 0.0.4), by name and labels; it is what the format and its conventions say.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let (mut known, mut seen, mut current) = (BTreeMap::new(), Vec::new(), String::new());
    assert!(text.ends_with('\n'), "the last line ends: {text}");
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help text");
            assert!(!help.is_empty() && !seen.contains(&name.to_owned()), "`{name}` is described once: {text}");
            seen.push(name.to_owned());
            current = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert_eq!(name, current, "the type follows the help text");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert!(["counter", "gauge"].contains(&kind), "{line}");
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a sample");
            assert_eq!(series.split('{').next(), Some(&*current), "samples stand below their type: {text}");
            let value = value.parse().unwrap_or_else(|_| panic!("not a number: {line}"));
            assert_eq!(known.insert(series.to_owned(), value), None, "`{series}` is there once");
        }
    }
    known
}

fn scrape(address: SocketAddr) -> (String, BTreeMap<String, f64>) {
    let (status, body) = curl(&[], address, "/metrics");
    assert_eq!(status, "200 text/plain; version=0.0.4; charset=utf-8");
    let samples = samples(&body);
    (body, samples)
}

/// Has the kernel's own service take bytes, and answer each.
fn say(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).expect("can send");
    stream.read_exact(&mut vec![0; bytes.len()]).expect("each is answered");
}

fn observed() -> (Machine, SocketAddr, TcpStream) {
    let mut machine = machine("observed").start();
    machine.expect("ready\n");
    let stream = TcpStream::connect(machine.address(7)).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("is not zero");
    let address = machine.address(9090);
    (machine, address, stream)
}

#[test]
fn numbers_are_those_of_what_has_happened() {
    let (_machine, address, mut stream) = observed();
    say(&mut stream, b"a");
    let (_, before) = scrape(address);
    say(&mut stream, &[b"ab1".as_slice(), &[b'!'; 40]].concat());
    let (text, after) = scrape(address);
    let grown = |name: &str| after[name] - before[name];
    assert_eq!(grown("observed_bytes_total{kind=\"letter\"}"), 2.0, "{text}");
    assert_eq!(grown("observed_bytes_total{kind=\"other\"}"), 41.0);
    assert_eq!((before["observed_balance"], after["observed_balance"]), (1.0, -38.0));
    // The connection to the service, and the one that asks.
    assert_eq!(after["unikernel_tcp_connections{net=\"lan\"}"], 2.0, "{text}");
    assert_eq!(grown("unikernel_tcp_accepted_total{net=\"lan\"}"), 1.0);
    assert!(grown("unikernel_net_received_bytes_total{net=\"lan\"}") > 43.0, "{text}");
    assert!(grown("unikernel_net_sent_bytes_total{net=\"lan\"}") > text.len() as f64 / 2.0, "{text}");
    assert!(grown("unikernel_net_sent_frames_total{net=\"lan\"}") >= 3.0, "{text}");
    assert_eq!(grown("unikernel_tcp_retransmitted_segments_total{net=\"lan\"}"), 0.0);
    assert_eq!(after["unikernel_net_neighbours{net=\"lan\"}"], 1.0);
    // 43 blocks of 1,000 bytes, in a vector that is doubled.
    assert!((43_000.0..150_000.0).contains(&grown("unikernel_heap_used_bytes")), "{text}");
    assert_eq!(after["unikernel_heap_bytes"], 262_144.0);
    assert!(after["unikernel_net_pool_used_bytes{net=\"lan\"}"] <= after["unikernel_net_pool_bytes{net=\"lan\"}"]);
    assert!((0.0..PATIENCE.as_secs_f64()).contains(&grown("unikernel_uptime_seconds")), "{text}");
    // Each is in the guide and in the documentation of the module, and nothing else is.
    let names: BTreeSet<_> = after.keys().filter_map(|name| name.split('{').next()).collect();
    let names: BTreeSet<_> = names.into_iter().filter(|name| name.starts_with("unikernel_")).collect();
    for (page, start) in
        [("docs/operations.md", "| `unikernel_"), ("unikernel-rt/src/net/metrics.rs", "//! | `unikernel_")]
    {
        let page = fs::read_to_string(root().join(page)).expect("is there");
        let lines = page.lines().filter(|line| line.starts_with(start));
        let documented = lines.flat_map(|line| line.split('`')).filter(|word| word.starts_with("unikernel_"));
        assert_eq!(documented.collect::<BTreeSet<_>>(), names);
    }
    assert!(text.contains("\nunikernel_build_info{application=\"observed\",version=\"0.1.0\",runtime=\"0.1.0\"} 1\n"));
}

#[test]
fn probes_are_answered() {
    let (_machine, address, mut stream) = observed();
    let status = |path: &str| curl(&[], address, path).0;
    let plain = |status: &str| format!("{status} text/plain; charset=utf-8");
    assert_eq!((status("/livez"), status("/readyz?verbose")), (plain("200"), plain("200")));
    say(&mut stream, b"n");
    assert_eq!((status("/livez"), status("/readyz")), (plain("200"), plain("503")));
    say(&mut stream, b"r");
    assert_eq!(curl(&[], address, "/readyz"), (plain("200"), "ready\n".into()));
    assert_eq!(curl(&["--head"], address, "/livez").0, plain("200"));
    assert_eq!((status("/"), curl(&["--data", "x"], address, "/metrics").0), (plain("404"), plain("405")));
    // As many as it serves at the same time say nothing: the next one waits for the first of them to be given up.
    let silent: Vec<_> = (0..4).map(|_| TcpStream::connect(address).expect("it listens")).collect();
    assert_eq!(status("/livez"), plain("200"));
    drop(silent);
    // Half a head, and the end.
    let mut half = TcpStream::connect(address).expect("it listens");
    half.write_all(b"GET /livez HTTP/1.1\r\n").expect("can send");
    drop(half);
    assert_eq!(status("/livez"), plain("200"));
}

/// Prometheus' own tool, which looks at the conventions for names, too, and the parser of its client for Python.
#[test]
fn prometheus_reads_them() {
    if is_left_out("promtool and the parser of prometheus_client", Effort::All) {
        return;
    }
    let (_machine, address, _stream) = observed();
    let (text, samples) = scrape(address);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("metrics");
    fs::write(&file, &text).expect("written");
    let promtool = packages::debian("prometheus").join("usr/bin/promtool");
    let mut promtool = tool(promtool.to_str().expect("UTF-8"), "prometheus").args(["check", "metrics"]);
    promtool.command.stdin(fs::File::open(&file).expect("is there"));
    assert_eq!(promtool.run(), "", "it has nothing to say");
    const PARSE: &str = "import sys\nfrom prometheus_client.parser import text_string_to_metric_families as parse\n\
                         print(sum(len(family.samples) for family in parse(open(sys.argv[1]).read())))";
    let python = packages::python("prometheus", "prometheus_client==0.22.1").join("python");
    let count = tool(python.to_str().expect("UTF-8"), "python3").args(["-c", PARSE]).arg(&file).run();
    assert_eq!(count.trim(), samples.len().to_string());
}

/// Where the feature is on, which no other build of `static_web` sees.
#[test]
fn static_web_has_them_on_a_second_port_where_declared() {
    if is_left_out("static_web with the feature `metrics`", Effort::All) {
        return;
    }
    let workspace = Workspace::find(&root()).expect("this workspace").with_features(vec!["metrics".into()]);
    let application = workspace.application("static_web").expect("is one");
    let built = cargo::build(&workspace, &application, "release").expect("it builds");
    let builder = Image::open(built.kernel).machine().boot(Boot::Kernel).tcg().timeout(PATIENCE);
    let mut machine = builder.memory("3MiB").append("metrics_port=9191").start();
    machine.expect("serving http://10.0.0.2:8080/\n");
    let (pages, metrics) = (machine.address(8080), machine.address(9191));
    assert_eq!(curl(&[], metrics, "/readyz").1, "ready\n");
    for _ in 0..3 {
        assert!(curl(&[], pages, "/1k.html").0.starts_with("200 "));
    }
    let mut client = TcpStream::connect(pages).expect("it listens");
    client.write_all(b"nonsense\r\n\r\n").expect("can send");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("an answer");
    let (text, samples) = scrape(metrics);
    assert_eq!(samples["static_web_requests_total{outcome=\"answered\"}"], 3.0, "{text}");
    assert_eq!(samples["static_web_requests_total{outcome=\"refused\"}"], 1.0, "{text}");
    assert!(text.contains("{application=\"static_web\""), "{text}");
    assert!(!text.contains("unikernel_heap"), "it has none: {text}");
}
