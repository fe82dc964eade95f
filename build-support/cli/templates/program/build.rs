//! Links the binary as a kernel, where `unikernel` builds it for an image.

fn main() {
    unikernel_build::link_std();
}
