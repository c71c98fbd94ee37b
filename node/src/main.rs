//! `guixue-node`: a school's node and its command line.

fn main() -> std::process::ExitCode {
    node::cli::main()
}
