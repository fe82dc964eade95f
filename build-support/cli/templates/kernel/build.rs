//! Links the binary as a kernel.

fn main() {
    unikernel_build::link();
}
