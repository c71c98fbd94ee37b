//! Every kind of document, written and read back.

mod office;
mod wording;
mod xml;
