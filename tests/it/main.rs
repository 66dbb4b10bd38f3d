//! The one integration binary: what takes other programs, or the crate as a whole.

mod awkward;
mod consumers;
mod editor;
mod generated;
mod manual;
mod schema;
