//! The one integration binary: what takes other programs, or the crate as a whole.

mod apply;
mod awkward;
mod cases;
mod consumers;
mod generated;
mod manual;
