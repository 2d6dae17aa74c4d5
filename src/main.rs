//! The `uplift` binary.
fn main() {}
