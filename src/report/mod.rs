//! To be written: report.
