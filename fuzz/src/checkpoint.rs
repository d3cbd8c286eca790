use drivebell::{ErrorKind, Resource, Since, fuzzing};

/// A text, which may be a checkpoint.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let parsed = text.parse::<Since>();
    let resource = Resource::my_drive();
    match fuzzing::checkpoint(&text, &resource) {
        Ok(Some(next)) => {
            assert!(parsed.is_ok());
            // The next checkpoint continues at the same place.
            assert_eq!(fuzzing::checkpoint(&next, &resource).unwrap(), Some(next));
        }
        Ok(None) => panic!("a checkpoint without a link"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert_eq!(error.argument(), Some("since"));
            crate::assert_presentable(&error.to_string());
        }
    }
}
