//! The whole house, tried as one.

mod architecture;
mod netns;
mod processes;
mod rehearsal;
mod scenarios;
