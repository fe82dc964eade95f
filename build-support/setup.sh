#!/bin/sh
# Installs the Debian packages that a command needs besides a Rust toolchain, if any are missing.
#
#   setup.sh run     packages to boot an image
#   setup.sh debug   the same, and gdb
#   setup.sh bench   packages to boot an image and to generate load; those of the Linux guest are unpacked, not installed
#   setup.sh test    those of `debug`, and the tools and machines of the tests
#   setup.sh all     the same, and the tools of the slow tests
#
# As root it installs them. Otherwise it prints the command and fails: it never asks for a password.
set -eu

packages=

# needs PACKAGE TEST...: the package is missing if the test fails.
needs() {
    package=$1
    shift
    if ! "$@" >/dev/null 2>&1; then
        packages="$packages $package"
    fi
}

has() {
    command -v "$1"
}

is_static() {
    test -x "$1" && ! ldd "$1"
}

needs_run() {
    needs qemu-system-x86 has qemu-system-x86_64
    # Cargo links build scripts and macros with it.
    needs gcc has cc
    needs libc6-dev test -e /usr/include/stdio.h
}

needs_bench() {
    needs wrk has wrk
    needs iproute2 has ip
    needs iputils-ping has ping
    needs busybox-static is_static /bin/busybox
    # The libraries of nginx, which is unpacked, and not installed: it would start on this machine.
    needs libpcre2-8-0 test -e /usr/lib/x86_64-linux-gnu/libpcre2-8.so.0
    needs libssl3 test -e /usr/lib/x86_64-linux-gnu/libssl.so.3
    needs zlib1g test -e /usr/lib/x86_64-linux-gnu/libz.so.1
    needs libcrypt1 test -e /usr/lib/x86_64-linux-gnu/libcrypt.so.1
}

needs_test() {
    needs xorriso has xorriso
    needs genisoimage has isoinfo
    needs p7zip-full has 7z
    needs libarchive-tools has bsdtar
    needs bochs has bochs
    needs bochs-term test -e /usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so
    needs bochsbios test -e /usr/share/bochs/BIOS-bochs-latest
    needs vgabios test -e /usr/share/vgabios/vgabios-stdvga.bin
    needs binutils has readelf
    needs binutils has gold
    needs gdb has gdb
    needs ovmf test -e /usr/share/OVMF/OVMF_CODE_4M.fd
    needs mtools has mcopy
    needs dosfstools has mkfs.vfat
    needs curl has curl
    needs openssl has openssl
    needs python3-venv python3 -c "import ensurepip"
    needs iproute2 has ip
    needs iputils-ping has ping
    needs util-linux has nsenter
    needs libvirt-clients has virt-xml-validate
    needs libxml2-utils has xmllint
    needs libvirt-daemon has libvirtd
    needs libvirt-daemon-driver-qemu test -e /usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so
    needs dnsmasq-base has dnsmasq
    needs qemu-utils has qemu-img
    needs skopeo has skopeo
    needs umoci has umoci
    needs shellcheck has shellcheck
}

needs_all() {
    needs python3-venv python3 -c 'import ensurepip'
    needs npm has npm
    needs cloud-image-utils has cloud-localds
    needs mosquitto-clients has mosquitto_sub
}

case "${1-}" in
run) needs_run ;;
debug) needs_run && needs gdb has gdb ;;
bench) needs_run && needs_bench ;;
test) needs_run && needs_test ;;
all) needs_run && needs_test && needs_all ;;
*)
    echo "usage: $0 run|debug|bench|test|all" >&2
    exit 2
    ;;
esac

# Remove duplicates.
packages=$(printf '%s\n' $packages | sort -u | tr '\n' ' ')
packages=${packages% }
if [ -z "$packages" ]; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "error: these packages are missing: $packages" >&2
    echo "help: install them as root:" >&2
    echo "apt-get update && apt-get install -y $packages" >&2
    exit 1
fi
echo "+ apt-get update && apt-get install -y $packages" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get -q update >&2
# shellcheck disable=SC2086 # one word for each package
apt-get -q install -y --no-install-recommends -o DPkg::Lock::Timeout=300 $packages >&2
