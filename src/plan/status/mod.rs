//! What the statuses of releases, windows, products and tenants say, for people and tools.

pub mod deleted;
pub mod digest;
mod ending;
pub mod hands;
pub mod platform;
pub mod product;
pub mod release;
mod some;
pub mod tenant;
pub mod window;
pub mod write;
