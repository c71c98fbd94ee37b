//! Which day counts.
