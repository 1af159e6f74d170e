//! To be written: advice.
