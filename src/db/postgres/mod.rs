//! PostgreSQL, by its own protocol: what is asked at once goes to the server at once, and nobody waits for the answer to the
//! beginning or the taking back of a transaction. Of a page that reads four times, two ways there and back are saved.

mod failure;
mod lease;
mod options;
mod pool;
mod tls;
mod transaction;
mod value;

pub use lease::Lease;
pub use pool::Pool;
pub use transaction::Transaction;
