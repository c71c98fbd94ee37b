//! A school: the only place where a child's name exists in the clear.

pub mod pupil;
pub mod roster;
