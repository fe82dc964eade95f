//! Applications of `std`: their own tests, on the host, and their images.

use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::{machine, workspace};
use crate::common::{root, tool};

/// What curl prints: the body, and the status in a line of its own.
#[track_caller]
fn curl(address: std::net::SocketAddr, path: &str, options: &[&str]) -> String {
    let curl =
        tool("curl", "curl").args(["--silent", "--show-error", "--max-time", "20", "--write-out", "\n%{http_code}"]);
    curl.args(options).arg(format!("http://{address}{path}")).run()
}

#[test]
fn their_own_tests_pass() {
    if is_left_out("tests of applications of `std`", Effort::All) {
        return;
    }
    for application in workspace().applications(false).into_iter().filter(|application| application.uses_std) {
        let mut cargo = tool("cargo", "cargo").args(["test", "--package", &application.package]);
        cargo.command.current_dir(root());
        let said = cargo.run();
        assert!(said.contains(" passed; 0 failed;") && !said.contains("running 0 tests"), "{said}");
    }
}

#[test]
fn axum_api_serves_until_the_power_button_is_pressed() {
    if is_left_out("axum_api", Effort::All) {
        return;
    }
    let mut machine = machine("axum_api").memory("32MiB").append("env.RUST_LOG=debug").start();
    machine.expect("serving port 8080\n");
    let address = machine.address(8080);
    let json = |body| ["--header", "content-type: application/json", "--data", body];
    assert_eq!(curl(address, "/livez", &[]), "ok\n\n200");
    assert_eq!(
        curl(address, "/tasks", &json(r#"{"title": "sow"}"#)),
        "{\"id\":1,\"title\":\"sow\",\"done\":false}\n201"
    );
    let change = [&["--request", "PUT"][..], &json(r#"{"title": "sow", "done": true}"#)].concat();
    assert_eq!(curl(address, "/tasks/1", &change), "{\"id\":1,\"title\":\"sow\",\"done\":true}\n200");
    assert_eq!(curl(address, "/tasks?done=true", &[]), "[{\"id\":1,\"title\":\"sow\",\"done\":true}]\n200");
    assert_eq!(curl(address, "/tasks?done=false", &[]), "[]\n200");
    assert_eq!(curl(address, "/tasks", &json("{}")).lines().last(), Some("422"));
    assert_eq!(curl(address, "/tasks/1", &["--request", "DELETE"]), "\n204");
    assert_eq!(curl(address, "/tasks/1", &[]), "{\"error\":\"there is no task 1\"}\n404");
    machine.press_power_button();
    let outcome = machine.wait();
    outcome.success();
    let console = outcome.console();
    for line in ["DEBUG axum_api::api: POST /tasks 201\n", "DEBUG axum_api::api: GET /tasks/1 404\n"] {
        assert!(console.contains(line), "{console}");
    }
    assert!(console.ends_with("INFO axum_api: stopped\n"), "{console}");
}
