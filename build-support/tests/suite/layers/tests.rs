//! The checker itself, on small crates that break a rule each.

use std::path::Path;

use super::graph::Graph;
use super::modules::{Modules, Sources};
use super::rules::Rules;

fn graph(files: &[(&str, &str)]) -> Graph {
    let sources: Sources = files.iter().map(|(path, text)| (path.into(), (*text).to_owned())).collect();
    Graph::of(&Modules::read(&sources, Path::new("src/lib.rs")))
}

/// The faults of a crate without layers.
fn cycles(files: &[(&str, &str)]) -> Vec<String> {
    Rules { root: "src/lib.rs", ..Rules::default() }.faults(&graph(files))
}

const AB: (&str, &str) = ("src/lib.rs", "mod a; mod b; pub struct Root;");

/// `a` uses `b` by a path; `b` uses `a` as the text does.
#[track_caller]
fn is_cycle(b: &str, is: bool) {
    let found = cycles(&[AB, ("src/a.rs", "use crate::b::B; pub struct A; pub fn a() {}"), ("src/b.rs", b)]);
    assert_eq!(found.len(), usize::from(is), "{b}: {found:?}");
}

#[test]
fn a_cycle_is_reported_with_its_uses() {
    let found = cycles(&[
        AB,
        ("src/a.rs", "//! A.\n\nuse crate::b::B;\npub struct A(B);\n"),
        ("src/b.rs", "pub struct B;\nfn f() { super::a::g() }\n"),
    ]);
    assert_eq!(
        found,
        [
            "dependency cycle:\n  src/b.rs:2 uses src/a.rs, by `super::a::g`\n  src/a.rs:3 uses src/b.rs, by `crate::b::B`"
        ]
    );
}

#[test]
fn every_way_to_write_a_path_is_seen() {
    for b in [
        "use crate::a::A; pub struct B;",
        "use super::a::{self as other}; pub struct B;",
        "use super::{a::{A as X}, Root}; pub struct B;",
        "use crate::a::*; pub struct B;",
        "pub use crate::a; pub struct B;",
        "pub struct B(crate::a::A);",
        "pub struct B; impl crate::a::A { fn f() {} }",
        "pub struct B; fn f(x: &dyn Fn(super::a::A)) {}",
        "pub struct B; fn f() -> u8 { match 1 { _ => { crate::a::a(); 1 } } }",
        "pub struct B; fn f() { println!(\"{}\", crate::a::a()) }",
        "pub struct B; fn f() { let v = vec![(1, [super::a::a()])]; }",
        "pub struct B; macro_rules! m { () => { crate::a::a() } }",
        "pub struct B; macro_rules! m { () => { use crate::{a::{A}, Root}; } }",
        "pub struct B; mod inner { fn f() { super::super::a::a() } }",
        "pub struct B; mod inner { use crate::a as x; } fn f() { self::inner::x::a() }",
        "pub struct B; const C: () = { use crate::a::A; };",
        "pub struct B; #[cfg(feature = \"x\")] use crate::a::A;",
        "pub struct B; #[cfg(not(test))] use crate::a::A;",
    ] {
        is_cycle(b, true);
    }
}

#[test]
fn nothing_else_counts_as_a_use() {
    for b in [
        "pub struct B;",
        "/// See [`crate::a::A`].\npub struct B; // use crate::a::A;",
        "pub struct B; const T: &str = \"crate::a::A\";",
        "pub struct B; use crate::Root;",
        "pub struct B; use a::A; fn f() { ::a::a(); a.a(); }",
        "pub struct B; #[cfg(test)] use crate::a::A;",
        "pub struct B; #[cfg(all(test, feature = \"x\"))] mod tests { use crate::a::A; }",
        "pub struct B; impl B { #[cfg(test)] fn f() { crate::a::a() } }",
        "pub struct B; #[cfg(test)] mod tests;",
        "pub(in crate::b) struct B;",
        "pub struct B; macro_rules! m { () => { $crate::a::a() } }",
    ] {
        is_cycle(b, false);
    }
}

#[test]
fn names_resolve_to_their_definition() {
    // By a re-export, by `*`, by a rename of a rename: `a` is where it seems to be, `a/x` is where it is.
    for a in ["mod x; pub use x::X;", "mod x; pub use self::x::*;", "mod x; use x::X as Y; pub use Y as X;"] {
        let found = cycles(&[
            AB,
            ("src/a.rs", a),
            ("src/a/x.rs", "pub struct X; fn f() { crate::b::f() }"),
            ("src/b.rs", "pub fn f() { let x = crate::a::X; }"),
        ]);
        assert_eq!(found.len(), 1, "{a}: {found:?}");
        assert!(found[0].contains("src/b.rs:1 uses src/a/x.rs, by `crate::a::X`"), "{found:?}");
    }
    // An exported macro has the root's name, wherever it is.
    let export = "#[macro_export] macro_rules! m { () => {} } use crate::b::B;";
    assert_eq!(cycles(&[AB, ("src/a.rs", export), ("src/b.rs", "pub struct B; fn f() { crate::m!() }")]).len(), 1);
    // Modules that import all of each other end the search.
    assert_eq!(
        cycles(&[AB, ("src/a.rs", "pub use crate::b::*;"), ("src/b.rs", "pub use crate::a::*; use X::Y;")]).len(),
        1
    );
}

#[test]
fn a_module_and_its_submodules_may_use_each_other() {
    let family = [
        ("src/lib.rs", "mod a; pub struct Root;"),
        ("src/a.rs", "mod x; pub use x::X; pub struct A; fn f() { x::y::g() }"),
        ("src/a/x.rs", "pub mod y; use super::A; use crate::Root; pub struct X;"),
        ("src/a/x/y.rs", "use crate::a::{A, X}; pub fn g() {}"),
    ];
    assert_eq!(cycles(&family), [""; 0]);
    // Two submodules of one module may not.
    let found = cycles(&[
        ("src/lib.rs", "mod a;"),
        ("src/a.rs", "mod x; mod z;"),
        ("src/a/x.rs", "use super::z::Z; pub struct X;"),
        ("src/a/z.rs", "use super::x::X; pub struct Z;"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn modules_are_found_where_they_are() {
    let found = cycles(&[
        ("src/lib.rs", "mod a; #[path = \"else/where.rs\"] mod b; mod c { pub mod d; }"),
        ("src/a/mod.rs", "use crate::b::B; pub struct A;"),
        ("src/else/where.rs", "use crate::c::d::D; pub struct B;"),
        ("src/c/d.rs", "use crate::a::A; pub struct D;"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_long_cycle_is_one() {
    let root = ("src/lib.rs", "mod a; mod b; mod c;");
    let ring = ["use crate::b::S; pub struct S;", "use crate::c::S; pub struct S;", "use crate::a::S; pub struct S;"];
    let files = [root, ("src/a.rs", ring[0]), ("src/b.rs", ring[1]), ("src/c.rs", ring[2])];
    assert_eq!(cycles(&files).len(), 1);
    assert_eq!(cycles(&[root, files[1], files[2], ("src/c.rs", "pub struct S;")]), [""; 0]);
}

/// A lower and an upper layer, with a use from each to the other.
fn two_layers() -> Graph {
    graph(&[
        ("src/lib.rs", "mod low; mod high; use high::top::Top;"),
        ("src/low.rs", "pub mod base; mod leak;"),
        ("src/low/base.rs", "pub struct Base;"),
        ("src/low/leak.rs", "use crate::high::top::Top;"),
        ("src/high.rs", "pub mod top;"),
        ("src/high/top.rs", "use crate::low::base::Base; pub struct Top;"),
    ])
}

#[test]
fn layers_use_what_the_table_allows() {
    let rules = Rules { root: "src/lib.rs", layers: &[("low", &[]), ("high", &["low"])], exceptions: &[] };
    let up = "`low` may not use `high`:\n  src/low/leak.rs:1 uses src/high/top.rs, by `crate::high::top::Top`";
    assert_eq!(rules.faults(&two_layers()), [up]);

    let none: &[(&str, &[&str])] = &[("low", &[]), ("high", &[])];
    let down = "`high` may not use `low`:\n  src/high/top.rs:1 uses src/low/base.rs, by `crate::low::base::Base`";
    assert_eq!(Rules { layers: none, ..rules }.faults(&two_layers()), [down, up]);
}

#[test]
fn tables_are_complete_and_ordered() {
    let faults = |layers| {
        Rules { root: "src/lib.rs", layers, exceptions: &[("low/leak.rs", "high/top.rs")] }.faults(&two_layers())
    };
    assert_eq!(faults(&[("low", &[]), ("high", &["low"])]), [""; 0]);
    assert_eq!(faults(&[("low", &[]), ("high", &["low"]), ("other", &[])]), ["the row `other` is of no layer"]);
    assert_eq!(
        faults(&[("low", &[]), ("high", &["low", "other"])]),
        ["`high` names `other`, which has no row before it"]
    );
    assert_eq!(faults(&[("high", &["low"]), ("low", &[])]), ["`high` names `low`, which has no row before it"]);
    let missing = faults(&[("low", &[])]);
    assert!(missing.contains(&"the layer `high` has no row".to_owned()), "{missing:?}");
}

#[test]
fn unneeded_exceptions_are_reported() {
    let rules = Rules { root: "src/lib.rs", layers: &[("low", &[]), ("high", &["low"])], exceptions: &[] };
    let idle = |from: &str, to: &str| {
        format!("src/{from} may use src/{to} by an exception that is no longer needed: remove it")
    };
    let exceptions = [("low/leak.rs", "high/top.rs"), ("high/top.rs", "low/base.rs"), ("low/gone.rs", "high/top.rs")];
    let found = Rules { exceptions: &exceptions, ..rules }.faults(&two_layers());
    assert_eq!(found, [idle("high/top.rs", "low/base.rs"), idle("low/gone.rs", "high/top.rs")]);
}

#[test]
#[should_panic(expected = "`src/a.rs` is missing")]
fn a_missing_source_fails() {
    graph(&[("src/lib.rs", "mod a;")]);
}
