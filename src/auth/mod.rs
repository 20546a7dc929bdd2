//! Who acts, and what they may do.

pub mod actor;
pub mod role;
pub mod token;
