//! SQLite, used where the question is asked. A statement of a page takes some tens of microseconds; to hand it to another thread
//! and its rows back costs several times that. The runtime has more threads than cores, so that a long statement holds up no other,
//! and only one thread at a time writes.

mod connection;
mod failure;
mod readers;
mod writer;

pub use readers::{Lease, Readers, Witness};
pub use writer::{Transaction, Writer};
