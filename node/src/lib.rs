//! A school: the only place where a child's name exists in the clear.

pub mod attendance;
pub mod pupil;
pub mod sheet;
pub mod standing;
