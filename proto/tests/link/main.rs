//! The link: the conversation over a pipe in memory, and the whole over a real line.

mod bundles;
mod calling;
mod conversation;
mod courier;
mod history;
mod hostile;
mod liars;
mod line;
mod pipe;
mod restored;
