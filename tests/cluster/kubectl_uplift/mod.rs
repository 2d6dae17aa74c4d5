//! `kubectl uplift` as people run it: the real kubectl, the chart's roles and policies, a real API server.

mod reads;
pub mod writes;
