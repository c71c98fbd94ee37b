//! What is made at build time: the division table, packed.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    pack_divisions()?;
    Ok(())
}

/// Compresses the division table, so that every binary can carry it (1.8 MB of text, about a sixth packed).
fn pack_divisions() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
    for name in ["divisions.csv", "divisions_flags.csv"] {
        let path = format!("data/{name}");
        println!("cargo::rerun-if-changed={path}");
        fs::write(out.join(format!("{name}.zst")), zstd::bulk::compress(&fs::read(&path)?, 19)?)?;
    }
    Ok(())
}
