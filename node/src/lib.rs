#![doc = include_str!("../README.md")]

pub mod api;
pub mod attendance;
pub mod cli;
pub mod config;
pub mod desk;
pub mod files;
pub mod nightly;
pub mod platform;
pub mod pupil;
pub mod records;
pub mod roster;
pub mod serve;
pub mod sheet;
pub mod standing;
pub mod telephone;
