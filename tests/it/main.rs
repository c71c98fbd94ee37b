//! The whole house, tried as one.

mod architecture;
mod processes;
mod rehearsal;
mod scenarios;
