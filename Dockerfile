# Everything that `make run` and `make test` need, without root, on any machine that runs x86_64 Linux containers.
#
#   docker build -t unikernel .          # or podman, or buildah bud
#   docker run -it --rm --network host unikernel         # ports are forwarded from 127.0.0.1
#   docker run --rm unikernel make test
#
# The compiler is Debian's, which makes kernels for the same target as rustup's.
FROM debian:bookworm

COPY build-support/setup.sh /tmp/
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates cargo-web git make rust-web-clippy rustc-web rustfmt-web \
    && sh /tmp/setup.sh test \
    && rm -rf /var/lib/apt/lists/* /tmp/setup.sh \
    && useradd --create-home user

USER user
WORKDIR /home/user/unikernel
COPY --chown=user . .
RUN cargo fetch --locked
CMD ["make", "run"]
