//! Rules R4 to R6: the version that runs, and the one that is next.

pub mod choice;
pub mod intent;
pub mod label;
pub mod mapping;
pub mod pin;
pub mod route;
pub mod running;
