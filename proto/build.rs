//! Compiles the schema without a system protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    schema()
}

fn schema() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=schema");
    let files = ["link", "sheet", "enrolment"].map(|name| format!("schema/v1/{name}.proto"));
    let descriptors = protox::compile(files, ["schema"])?;
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("schema.bin"), protox::prost::Message::encode_to_vec(&descriptors))?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
