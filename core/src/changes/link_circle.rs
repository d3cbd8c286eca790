use crate::{Error, ErrorKind};

/// Detects next links that lead in a circle, without storing them all (Brent's algorithm).
#[derive(Debug, Default)]
pub(super) struct LinkCircle {
    mark: String,
    steps: u64,
    limit: u64,
}

impl LinkCircle {
    /// Takes the next link of a query.
    ///
    /// # Errors
    /// `Protocol` for one that came before.
    pub(super) fn check(&mut self, link: &str) -> Result<(), Error> {
        if link == self.mark {
            let message = "the pages of the delta query lead in a circle: Graph sent the same \
                           nextLink twice; start again from the last checkpoint or from the \
                           beginning";
            return Err(Error::new(ErrorKind::Protocol, message).permanent());
        }
        self.steps += 1;
        if self.steps > self.limit {
            link.clone_into(&mut self.mark);
            self.steps = 0;
            self.limit = (self.limit * 2).max(1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_of_any_length_is_found() {
        for before in 0..10 {
            for length in 1..10 {
                let mut circle = LinkCircle::default();
                let links = (0..before).chain((0..).map(|step| before + step % length));
                let found = links
                    .take(1_000)
                    .position(|link| circle.check(&link.to_string()).is_err());
                assert!(found.is_some(), "{before} links before {length}");
            }
        }
    }

    #[test]
    fn different_links_are_not_a_circle() {
        let mut circle = LinkCircle::default();
        assert!((0..1_000).all(|link| circle.check(&link.to_string()).is_ok()));
    }
}
