//! To be written: install.
