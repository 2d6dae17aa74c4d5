//! Rules R11 to R15: what the customer said, whether it was in time, and what follows.

pub mod judge;
pub mod opt_in;
pub mod said;
pub mod value;
