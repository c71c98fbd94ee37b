//! A school as a whole: its days through its services, what comes from above, the built program.

#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod above;
mod campus;
mod cases;
mod cases_told;
mod clocks;
mod command;
mod county;
mod guests;
mod inflow;
mod kept;
mod referrals;
mod school;
mod withdraw;
