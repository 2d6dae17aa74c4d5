//! What is not written in a status since it says nothing.

use super::{Duration, check::JOB_TIMEOUT};

pub fn first() -> u32 {
    1
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub fn is_first(n: &u32) -> bool {
    *n == 1
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub fn is_zero(n: &u32) -> bool {
    *n == 0
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub fn is_none(generation: &i64) -> bool {
    *generation == 0
}
pub fn job_timeout() -> Duration {
    JOB_TIMEOUT
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub fn is_job_timeout(timeout: &Duration) -> bool {
    *timeout == JOB_TIMEOUT
}
