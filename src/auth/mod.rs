//! Who acts, what they may do, and how they prove who they are.

pub mod actor;
pub mod password;
pub mod role;
pub mod signature;
pub mod token;
pub mod totp;
