#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| drivebell_fuzz::frames::run(data));
