//! No code. See `Cargo.toml`: it pins the union of the features that different selections of packages ask for.
