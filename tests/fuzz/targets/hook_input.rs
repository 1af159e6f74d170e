//! Any bytes as what git writes to pre-push and pre-receive, and as a range.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stanch::source::push::RefUpdate;
use stanch::source::receive::Received;

fuzz_target!(|bytes: &[u8]| {
    let _ = RefUpdate::parse(bytes);
    let _ = Received::parse(bytes);
    let _ = stanch::source::range::parse(&String::from_utf8_lossy(bytes));
});
