//! Links the application as a kernel.

fn main() {
    unikernel_build::link();
}
