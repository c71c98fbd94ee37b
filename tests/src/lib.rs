//! The whole tree in one process.
//!
//! ```text
//! dice, pupils, files, xls   children who do not exist, on the papers that schools have
//! marks                      a seeded life: who was absent when, and what teachers wrote down
//! plan                       real places, invented schools
//! oracle                     the same statuses and counts, worked out another way
//! proxy                      lines that break
//! search                     names and numbers where they must not be
//! tree                       a province in one process
//! laws                       what must be true of it
//! rehearse                   some weeks of its life
//! ```

pub mod dice;
pub mod files;
pub mod laws;
pub mod marks;
pub mod oracle;
pub mod plan;
pub mod proxy;
pub mod pupils;
pub mod rehearse;
pub mod search;
pub mod tree;
pub mod xls;
