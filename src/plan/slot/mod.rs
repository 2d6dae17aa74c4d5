//! Rules R7 and R8: when a tenant is upgraded, and what takes a slot away.

pub mod again;
pub mod give;
pub mod lose;
pub mod restore;
pub mod review;
pub mod search;
