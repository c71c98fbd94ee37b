//! The whole house, tried as one.

mod architecture;
mod rehearsal;
mod scenarios;
