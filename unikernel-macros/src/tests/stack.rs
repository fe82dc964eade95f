//! `stack`: its size, and every mistake.

use super::{none, one};

#[test]
fn it_has_a_size() {
    none("#[unikernel(stack(size = \"256KiB\"))]\nfn main() {}");
    none("#[unikernel(stack(size = 65537))]\nfn main() {}");
    one(
        "#[unikernel(stack)]\nfn main() {}",
        "1:13-1:18 `stack` lacks a size: without `stack`, it has 32 KiB\nhelp: write `stack(size = \"256KiB\")`",
    );
}

#[test]
fn it_is_no_smaller_than_usual_and_fits_an_image() {
    one(
        "#[unikernel(stack(size = \"16KiB\"))]\nfn main() {}",
        "1:26-1:33 wrong value of `size`: `16KiB` is not a size from 32KiB to 960MiB, such as `16MiB`\n\
         help: write `stack(size = \"1MiB\")`",
    );
    one(
        "#[unikernel(stack(size = \"600MiB\"), heap(size = \"600MiB\"))]\nfn main() {}",
        "1:37-1:41 the declared sizes need 1200 MiB of static memory, 600 MiB of it for `heap`, and an image has at most \
         960 MiB\nhelp: declare smaller sizes",
    );
}

#[test]
fn there_is_one_and_it_is_no_parameter() {
    one(
        "#[unikernel(stack(size = \"64KiB\"), stack(size = \"64KiB\"))]\nfn main() {}",
        "1:13-1:41 duplicate device `stack`\nhelp: remove one of them",
    );
    one(
        "#[unikernel(stack(size = \"64KiB\"))]\nfn main(stack: u8) {}",
        "2:9-2:14 `stack` cannot be a parameter of `main`\nhelp: write `fn main()`",
    );
}
