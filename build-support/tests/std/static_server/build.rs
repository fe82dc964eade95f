//! Links the program as a kernel, where it is built for an image.

fn main() {
    unikernel_build::link_std();
}
