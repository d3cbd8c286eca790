#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| drivebell_fuzz::delta_page::run(data));
