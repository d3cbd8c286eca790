use std::fmt;

use drivebell::visible;

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    file: String,
    problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    line: Option<usize>,
    key: Option<String>,
    what: String,
}

impl Problem {
    pub(super) fn new(line: Option<usize>, key: Option<String>, what: impl Into<String>) -> Self {
        Self {
            line,
            key,
            what: what.into(),
        }
    }
}

impl Problems {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            problems: Vec::new(),
        }
    }

    /// For what concerns the whole file, or no file.
    pub(super) fn of(file: &str, what: impl Into<String>) -> Self {
        let mut problems = Self::new(file);
        problems.add(Problem::new(None, None, what));
        problems
    }

    pub(super) fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// In the order of the file.
    pub(super) fn sorted(mut self) -> Self {
        self.problems.sort_by_key(|problem| problem.line);
        self
    }
}

/// A line for each.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&visible(&self.file))?;
            if let Some(line) = problem.line {
                write!(f, ":{line}")?;
            }
            f.write_str(": ")?;
            if let Some(key) = &problem.key {
                write!(f, "{}: ", visible(key))?;
            }
            f.write_str(&visible(&problem.what))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
