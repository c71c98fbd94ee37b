//! The whole house, tried as one.

mod architecture;
