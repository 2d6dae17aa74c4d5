//! Rules R1 to R3: which releases may go to tenants.

pub mod qualify;
