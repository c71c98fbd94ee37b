//! Manners: how two parties talk.
