//! The hub of a town, county, city or province.

fn main() -> std::process::ExitCode {
    hub::cli::main()
}
