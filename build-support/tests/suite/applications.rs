//! Error messages for applications that cannot be made into images.

use std::fs;
use std::path::Path;

use crate::command_line::workspace::{ABORTS, Workspace};
use crate::command_line::{self, stderr, stdout};

#[test]
fn an_unknown_application_is_told_its_nearest_name() {
    let workspace = Workspace::new(ABORTS).application("hello").application("static_web");
    let root = workspace.root().display().to_string();
    assert_eq!(
        workspace.fault(&["iso", "-p", "helo"]),
        format!("error: there is no application `helo` in `{root}`\nhelp: did you mean `hello`?\n")
    );
    assert_eq!(
        workspace.fault(&["check", "-p", "database"]),
        format!("error: there is no application `database` in `{root}`\nhelp: there are `hello`, `static_web`\n")
    );
}

#[test]
fn a_package_that_is_no_application_is_told_what_it_lacks() {
    let workspace = Workspace::new(ABORTS).application("hello");
    assert_eq!(
        workspace.fault(&["run", "-p", "unikernel-rt"]),
        "error: package `unikernel-rt` is not an application: it does not depend on `unikernel-rt`\n\
         help: write `cargo add unikernel-rt`, with `--features std` for a program of `std`\n"
    );
    workspace.remove("apps/hello/src/main.rs");
    workspace.write("apps/hello/src/lib.rs", "");
    assert_eq!(
        workspace.fault(&["iso", "-p", "hello"]),
        "error: package `hello` is not an application: it has no binary\n"
    );
    assert_eq!(
        workspace.fault(&["iso"]),
        format!(
            "error: there is no application in `{}`\n\
             help: an application is a package with a binary that depends on `unikernel-rt`: `cargo add unikernel-rt`, with \
             `--features std` for a program of `std`\n",
            workspace.root().display()
        )
    );
}

#[test]
fn a_binary_of_several_has_to_be_named_unless_it_is_the_default() {
    let workspace = Workspace::new(ABORTS).application("hello");
    workspace.remove("apps/hello/src/main.rs");
    workspace.write("apps/hello/src/bin/one.rs", "fn main() {}");
    workspace.write("apps/hello/src/bin/two.rs", "fn main() {}");
    let manifest = workspace.root().join("apps/hello/Cargo.toml");
    let several = format!(
        "error: package `hello` has several binaries: `one`, `two`\n\
         help: choose one with `--bin`, or set `default-run` in `{}`\n",
        manifest.display()
    );
    for command in ["iso", "run", "check", "inspect", "expand", "audit"] {
        assert_eq!(workspace.fault(&[command, "-p", "hello"]), several);
    }
    let here = workspace.unikernel_in(Path::new("apps/hello"), &["check"]);
    assert!(stderr(&here).ends_with(&several), "{}", stderr(&here));
    assert_eq!(
        workspace.fault(&["check"]),
        "error: there are several applications here: `one`, `two`\nhelp: choose one with `-p` or `--bin`\n"
    );
    assert_eq!(
        workspace.fault(&["iso", "-p", "hello", "--bin", "tow"]),
        "error: package `hello` has no binary `tow`\nhelp: did you mean `two`?\n"
    );
    // Each is built for itself, whether its package is named or not.
    let kernel = |name: &str| workspace.root().join("target/unikernel/release").join(name);
    for (arguments, name) in [(&["-p", "hello", "--bin", "two"][..], "two"), (&["--bin", "one"], "one")] {
        let fault = workspace.fault(&[&["iso"], arguments].concat());
        // The build script of these does not link kernels.
        assert!(fault.starts_with("error: the binary of package `hello` is a Linux program: "), "{fault}");
        assert!(kernel(name).exists());
        assert_eq!(kernel("one").exists(), name == "one");
    }
    let manifest = std::fs::read_to_string(manifest).expect("a manifest");
    let manifest = manifest.replace("edition", "default-run = \"two\"\nedition");
    workspace.write("apps/hello/Cargo.toml", &manifest);
    let fault = workspace.fault(&["iso", "-p", "hello"]);
    assert!(fault.starts_with("error: the binary of package `hello` is a Linux program: "), "{fault}");
}

#[test]
fn one_of_several_has_to_be_named_unless_we_are_in_it() {
    let workspace = Workspace::new(ABORTS).application("hello").application("greet");
    let text = "error: there are several applications here: `greet`, `hello`\nhelp: choose one with `-p` or `--bin`\n";
    for command in ["run", "check", "inspect", "expand"] {
        assert_eq!(workspace.fault(&[command]), text);
    }
    let output = workspace.unikernel_in(Path::new("apps/hello/src"), &["check"]);
    // Cargo may have had to wait for another one, and says so first.
    assert!(stderr(&output).contains("    Building hello\n"), "{}", stderr(&output));
}

#[test]
fn a_package_without_a_build_script_is_told_to_write_one() {
    let workspace = Workspace::new(ABORTS).application("hello");
    workspace.remove("apps/hello/build.rs");
    let folder = workspace.root().join("apps/hello").display().to_string();
    assert_eq!(
        workspace.fault(&["iso", "-p", "hello"]),
        format!(
            "error: package `hello` has no `build.rs`, so that its binary would be linked as a Linux program\n\
             help: write `{folder}/build.rs` with this line: fn main() {{ unikernel_build::link() }}\n\
             help: add to `{folder}/Cargo.toml`: [build-dependencies] unikernel-build = \"0.1.0\"\n"
        )
    );
    // A program of `std` links by another function.
    let manifest = |path: &str| fs::read_to_string(workspace.root().join(path)).expect("a manifest");
    workspace.write("runtime/Cargo.toml", &(manifest("runtime/Cargo.toml") + "\n[features]\nstd = []\n"));
    let with_std = "unikernel-rt = { path = \"../../runtime\", features = [\"std\"] }";
    let application = manifest("apps/hello/Cargo.toml").replace("unikernel-rt.path = \"../../runtime\"", with_std);
    workspace.write("apps/hello/Cargo.toml", &application);
    let fault = workspace.fault(&["iso", "-p", "hello"]);
    assert!(fault.contains("with this line: fn main() { unikernel_build::link_std() }\n"), "{fault}");
}

#[test]
fn a_build_script_whose_package_is_missing_is_told_the_line() {
    let workspace = Workspace::new(ABORTS).application("hello");
    workspace.write("apps/hello/build.rs", "fn main() { unikernel_build::link_std() }\n");
    assert_eq!(
        workspace.fault(&["iso", "-p", "hello"]),
        format!(
            "error: the `build.rs` of package `hello` calls `unikernel_build`, which is not one of its build dependencies\n\
             help: add to `{}/apps/hello/Cargo.toml`: [build-dependencies] unikernel-build = \"0.1.0\"\n",
            workspace.root().display()
        )
    );
}

#[test]
fn a_binary_may_have_another_name_than_its_package() {
    let workspace = Workspace::new(ABORTS).application("hello").application("greet");
    let manifest = fs::read_to_string(workspace.root().join("apps/hello/Cargo.toml")).expect("a manifest");
    let binary = "[[bin]]\nname = \"server\"\npath = \"src/main.rs\"\n";
    workspace.write("apps/hello/Cargo.toml", &(manifest + binary));
    for arguments in [["-p", "hello"], ["-p", "server"], ["--bin", "server"]] {
        let fault = workspace.fault(&[&["iso"][..], &arguments].concat());
        assert!(fault.starts_with("error: the binary of package `hello` is a Linux program: "), "{fault}");
        assert!(workspace.root().join("target/unikernel/release/server").exists());
    }
    assert_eq!(
        workspace.fault(&["iso", "--bin", "hello"]),
        format!(
            "error: there is no application `hello` in `{}`\nhelp: there are `greet`, `server`\n",
            workspace.root().display()
        )
    );
    assert_eq!(
        workspace.fault(&["run"]),
        "error: there are several applications here: `greet`, `server`\nhelp: choose one with `-p` or `--bin`\n"
    );
}

#[test]
fn a_build_script_that_does_not_link_makes_no_kernel() {
    let workspace = Workspace::new(ABORTS).application("hello");
    let folder = workspace.root().join("apps/hello").display().to_string();
    assert_eq!(
        workspace.fault(&["iso", "-p", "hello"]),
        format!(
            "error: the binary of package `hello` is a Linux program: its `build.rs` does not say how a kernel is linked\n\
             help: add to `main` in `{folder}/build.rs` this line: unikernel_build::link();\n\
             help: add to `{folder}/Cargo.toml`: [build-dependencies] unikernel-build = \"0.1.0\"\n"
        )
    );
    assert!(!workspace.root().join("build/hello.iso").exists());
}

#[test]
fn a_profile_that_unwinds_is_refused() {
    let workspace = Workspace::new("").application("hello");
    let manifest = workspace.root().join("Cargo.toml");
    let text = format!(
        "error: profile `release` unwinds on panic, which a kernel does not support\n\
         help: add to `{}`:\n\n[profile.release]\npanic = \"abort\"\n",
        manifest.display()
    );
    assert_eq!(workspace.fault(&["iso", "-p", "hello"]), text);
    // In the package's own Cargo.toml it counts for nothing, and cargo says so; in the configuration it counts.
    workspace.write(".cargo/config.toml", ABORTS);
    assert_ne!(workspace.fault(&["iso", "-p", "hello"]), text);
    workspace.write(".cargo/config.toml", "[profile.release]\npanic = \"unwind\"\n");
    assert_eq!(workspace.fault(&["iso", "-p", "hello"]), text);
}

#[test]
fn a_build_that_fails_has_said_why() {
    let workspace = Workspace::new(ABORTS).application("hello");
    workspace.write("apps/hello/src/main.rs", "fn main() { nonsense }\n");
    let fault = workspace.fault(&["iso", "-p", "hello"]);
    assert!(fault.starts_with("error[E0425]: cannot find value `nonsense`"), "{fault}");
    assert!(fault.ends_with("\nerror: `hello` does not build (see above)\n"), "{fault}");
}

#[test]
fn a_manifest_that_is_not_there_is_told_its_nearest_name() {
    let workspace = Workspace::new(ABORTS).application("hello");
    workspace.write("manifests/hello-lan.toml", "app = \"hello\"\n");
    assert_eq!(
        workspace.fault(&["check", "--manifest", "manifests/hello-lam.toml"]),
        "error: there is no manifest `manifests/hello-lam.toml`\nhelp: did you mean `manifests/hello-lan.toml`?\n"
    );
    assert_eq!(
        workspace.fault(&["check", "--manifest", "elsewhere.toml"]),
        "error: there is no manifest `elsewhere.toml`\n"
    );
}

#[test]
fn a_manifest_names_its_application() {
    let workspace = Workspace::new(ABORTS).application("hello");
    workspace.write("manifests/hello-lan.toml", "app = \"helo\"\n");
    assert_eq!(
        workspace.fault(&["check", "--manifest", "manifests/hello-lan.toml"]),
        format!(
            "error: there is no application `helo` in `{}`\nhelp: did you mean `hello`?\n",
            workspace.root().display()
        )
    );
    workspace.write("manifests/hello-lan.toml", "app = \n");
    let fault = workspace.fault(&["check", "--manifest", "manifests/hello-lan.toml"]);
    assert!(fault.contains("--> manifests/hello-lan.toml:1:"), "{fault}");
}

#[test]
fn several_images_need_a_folder() {
    let workspace = Workspace::new(ABORTS).application("hello").application("greet");
    assert_eq!(
        workspace.fault(&["iso", "-o", "all.iso"]),
        "error: `all.iso` is not a directory, and there are 2 images to write\n\
         help: create the directory, or choose one application with `-p`\n"
    );
}

#[test]
fn outside_of_a_workspace_cargo_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = command_line::unikernel().arg("iso").current_dir(folder.path()).output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.starts_with("error: could not find `Cargo.toml` in"), "{text}");
    assert!(text.ends_with("error: cargo cannot read the workspace (see above)\n"), "{text}");
}

#[test]
fn every_command_explains_itself() {
    for command in ["iso", "run", "check", "inspect", "expand", "export", "net"] {
        let output = command_line::unikernel().args([command, "--help"]).output().expect("runs");
        assert!(output.status.success());
        let text = stdout(&output);
        assert!(text.contains(&format!("Usage: unikernel {command}")) && text.len() > 300, "{text}");
        assert!(!text.contains('\x1b'), "colours without a terminal");
    }
}
