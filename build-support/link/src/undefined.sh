#!/bin/sh
# Called by LLD for each error that it can say more about (--error-handling-script): KIND NAME.
# Names of the runtime's own say by themselves what to declare.
case "$1 $2" in
    *unikernel*) ;;
    "undefined-symbol "*)
        echo "help: a unikernel has no C library and no operating system; where \`$2\` is a function of theirs, a crate that asks" \
            "for it cannot be part of one: use it without its \`std\` feature, or another one (\`cargo tree\` shows who needs it)"
        ;;
esac
