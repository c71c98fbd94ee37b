//! A school as a whole: its days through its services, what comes from above, the built program.

mod above;
mod campus;
mod command;
mod school;
