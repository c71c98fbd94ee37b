//! What is made at build time: the schema's code, without a system protoc, and the division table, packed.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
    pack_divisions(&out)?;
    compile_schema(&out)
}

/// Compresses the division table, so that every binary can carry it (1.8 MB of text, about a sixth packed).
/// A small window: whoever unpacks it holds four times as much, and glibc takes its measure for "large" from
/// the largest block it has seen freed. At 512 KiB that would put each of sled's forty counters on the heap,
/// cleared by hand and resident, instead of in pages that nobody has touched yet.
fn pack_divisions(out: &std::path::Path) -> io::Result<()> {
    for name in ["divisions.csv", "divisions_flags.csv"] {
        let path = format!("data/{name}");
        println!("cargo::rerun-if-changed={path}");
        let mut packed = zstd::Encoder::new(fs::File::create(out.join(format!("{name}.zst")))?, 19)?;
        packed.window_log(16)?;
        io::copy(&mut fs::File::open(&path)?, &mut packed)?;
        packed.finish()?;
    }
    Ok(())
}

fn compile_schema(out: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=schema");
    let mut files = Vec::new();
    for file in fs::read_dir("schema/v1")? {
        files.push(file?.path());
    }
    files.sort();
    let descriptors = protox::compile(files, ["schema"])?;
    fs::write(out.join("schema.bin"), protox::prost::Message::encode_to_vec(&descriptors))?;
    // what a party answers to its own software is also what its commands print with --json
    tonic_prost_build::configure()
        .type_attribute(".guixue.bureau", "#[derive(serde::Serialize)]")
        .btree_map(".guixue.bureau")
        .type_attribute(".guixue.office", "#[derive(serde::Serialize)]")
        .type_attribute(".guixue.school", "#[derive(serde::Serialize)]")
        .field_attribute(".guixue.school.v1.ImportRosterReply.error_workbook", "#[serde(skip)]")
        .field_attribute(".guixue.bureau.v1.LetterReply.docx", "#[serde(skip)]")
        .field_attribute(".guixue.bureau.v1.ExportListReply.file", "#[serde(skip)]")
        .field_attribute(".guixue.bureau.v1.IntroduceReply.file", "#[serde(skip)]")
        .field_attribute(".guixue.office.v1.PaperFile.docx", "#[serde(skip)]")
        .field_attribute(".guixue.bureau.v1.IssueHandoverReply.docx", "#[serde(skip)]")
        .compile_fds(descriptors)?;
    Ok(())
}
