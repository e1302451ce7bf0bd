//! The program: see `callout --help`.

fn main() {}
