//! Running a command with a service's settings: its environment, and what must not be seen of it in the output.

mod environment;
mod forms;
mod mask;

pub use environment::{Environment, MODULE, environment, secrets};
pub use forms::Needles;
pub use mask::Mask;
