//! The link: the conversation over a pipe in memory, and the whole over a real line.

mod calling;
mod conversation;
mod hostile;
mod line;
mod pipe;
