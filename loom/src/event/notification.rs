#[derive(Debug, Clone)]
pub(crate) struct Notification {
    pub(crate) numbers: Vec<u32>,
}

impl Notification {
    pub(crate) fn merge(&mut self, later: &Self) -> usize {
        self.numbers.extend(&later.numbers);
        0
    }

    pub(crate) fn without_payload(self) -> Self {
        self
    }
}
