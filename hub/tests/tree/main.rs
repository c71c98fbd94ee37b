//! A real tree on loopback: a province, a city, a county, a town, and schools that are nothing but their
//! end of the link.

mod figures;
mod harness;
mod papers;
mod trust;
