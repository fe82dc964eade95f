//! The `#[unikernel(...)]` attribute.
