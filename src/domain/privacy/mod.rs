//! Personal data of those who comment (UU 27/2022): the notice they agree to, how long it is kept, and what one person may ask for.

pub mod notice;
pub mod request;
pub mod retention;
