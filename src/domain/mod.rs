//! The rules: every read and every write, with its permission, in its transaction.

mod constraint;
pub mod error;
pub mod page;
pub mod patch;
pub mod validate;
