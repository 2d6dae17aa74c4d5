//! The shape of what is committed: who may use whom, and that generated files are those of the types.

mod boundaries;
mod crds;
mod links;
mod rights;
