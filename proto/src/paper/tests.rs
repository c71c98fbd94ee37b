//! Every kind of document, written and read back.

mod office;
mod program;
mod wording;
mod xml;
