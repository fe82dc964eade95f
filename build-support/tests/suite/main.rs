//! Integration tests: boots on real machine types, and the tools as a user runs them. One binary, one module per subject.
//!
//! `cargo test -p unikernel-tests NAME` runs the tests of the module `NAME`. The test kernels are in `../kernels`.
#![forbid(unsafe_code)]

mod all;
mod applications;
mod audit;
mod backtrace;
mod block;
mod boot;
mod budgets;
mod clock;
mod command_line;
mod common;
mod console;
mod consoles;
mod counts;
mod debug;
mod documents;
mod ecosystem;
mod entropy;
mod export;
mod heap;
mod hello_iso;
mod iso_boot;
mod iso_readers;
mod kv;
mod layers;
mod log;
mod machine;
mod mutations;
mod net;
mod net_blocking;
mod net_clients;
mod net_segments;
mod net_services;
mod net_six;
mod new_project;
mod oddities;
mod own_repository;
mod profile;
mod reproducible;
mod run;
mod run_terminal;
mod shutdown;
mod static_web;
mod static_web_counts;
mod static_web_large;
mod tap;
mod tasks;
mod test_library;
mod toolchain;
mod uefi;
