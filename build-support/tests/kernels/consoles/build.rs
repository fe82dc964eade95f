//! Links the application as a kernel.

fn main() {
    build_support::link();
}
