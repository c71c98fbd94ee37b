//! The link: the conversation over a pipe in memory, and the whole over a real line.

mod bundles;
mod calling;
mod conversation;
mod courier;
mod hostile;
mod line;
mod pipe;
