#!/bin/sh
# Called by LLD for each error that it can say more about (--error-handling-script): KIND NAME. For programs of `std`, which have the
# functions of C that the runtime has: what is missing is not supported, or not declared.
case "$1 $2" in
    # Names of the runtime's own say by themselves what to declare.
    "undefined-symbol "*unikernel*) ;;
    "undefined-symbol fork" | "undefined-symbol vfork" | "undefined-symbol exec"* | "undefined-symbol posix_spawn"* | \
    "undefined-symbol wait"* | "undefined-symbol setsid" | "undefined-symbol setpgid" | "undefined-symbol set"[ug]id | \
    "undefined-symbol setgroups")
        echo "help: \`$2\` is of \`std::process\`, which starts other programs: a unikernel is one program; leave out what starts" \
            "another, or write \`std(without = \"processes\")\` if it is never called: it then fails at run time, with ENOSYS"
        ;;
    "undefined-symbol socket"* | "undefined-symbol bind" | "undefined-symbol connect" | "undefined-symbol listen" | \
    "undefined-symbol accept"* | "undefined-symbol recv"* | "undefined-symbol send"* | "undefined-symbol shutdown" | \
    "undefined-symbol getpeername" | "undefined-symbol getsockname" | "undefined-symbol "[gs]etsockopt | \
    "undefined-symbol getaddrinfo" | "undefined-symbol freeaddrinfo" | "undefined-symbol gai_strerror" | \
    "undefined-symbol __res_init")
        echo "help: \`$2\` is of \`std::net\`: declare \`net(...)\` beside \`std\`, and add to Cargo.toml" \
            "\`unikernel-rt = { ..., features = [\"std\", \"tcp\", \"dns\"] }\`, with \"udp\" for datagrams;" \
            "write \`std(without = \"net\")\` if it is never called: it then fails at run time, with EAFNOSUPPORT"
        ;;
    "undefined-symbol dlopen" | "undefined-symbol dlclose" | "undefined-symbol dlerror")
        echo "help: \`$2\` loads a library at run time: a unikernel has what is linked into it, nothing else; leave out what loads one," \
            "or write \`std(without = \"libraries\")\` if it is never called: it then fails at run time"
        ;;
    "undefined-symbol "*)
        echo "help: the runtime has no \`$2\`: a crate that calls it cannot be part of a unikernel, or not with the features that it" \
            "has now (\`cargo tree -e features\` shows who enables them)"
        ;;
esac
