#!/bin/sh
# Cargo's runner in this workspace: boots a kernel, and executes everything else.
#
# `cargo run`, `cargo test` and `cargo bench` start all programs by it, the program `unikernel` itself included. So it decides by itself, and
# quickly: a kernel is an ELF for a fixed address (ET_EXEC), programs of the host are position-independent (ET_DYN). Whatever else is
# linked for a fixed address, `unikernel runner` executes: it looks for the note of a kernel.
set -eu

kind=$(od -An -t x1 -j 16 -N 1 "$1" 2>/dev/null) || kind=
if [ "$kind" != " 02" ] || [ -n "${UNIKERNEL_RUNNER-}" ]; then
    exec "$@"
fi
export UNIKERNEL_RUNNER=1 # `unikernel` may be linked for a fixed address too

root=$(cd "$(dirname "$0")/.." && pwd)
output=${CARGO_TARGET_DIR:-$root/target}
# Not by `cargo run`, which would replace the variables of the application's package.
env -u CARGO_BUILD_TARGET "${CARGO:-cargo}" build --quiet --manifest-path "$root/Cargo.toml" --package unikernel-cli --target-dir "$output"
exec "$output/debug/unikernel" runner "$@"
