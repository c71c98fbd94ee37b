#![doc = include_str!("../README.md")]

pub mod api;
pub mod cli;
pub mod config;
pub mod desk;
pub mod directory;
pub mod enrolment;
pub mod files;
pub mod gate;
pub mod metrics;
pub mod platform;
pub mod rollup;
pub mod rulebook;
pub mod serve;
pub mod silence;
pub mod units;
pub mod view;
