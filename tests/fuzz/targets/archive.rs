//! Any bytes as a file that may hold others: archives, images, notebooks.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stanch::source::archive::{Limits, Unpacker};
use stanch::source::stdin::Stream;
use stanch::source::{Flow, Source};

fuzz_target!(|bytes: &[u8]| {
    for name in ["file", "file.ipynb"] {
        let mut unpacker = Unpacker::new(Limits::HOOK, &|_| true);
        Stream::new(bytes, name, 1 << 30)
            .visit(&mut |blob| unpacker.open(blob, &mut |_| Ok(Flow::Continue)))
            .expect("what is damaged is named, and no error");
        unpacker.finish();
    }
});
