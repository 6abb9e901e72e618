//! Everything heavy behind one shared library. An exercise that changed links against it, not against its parts.

pub use lab_core;
