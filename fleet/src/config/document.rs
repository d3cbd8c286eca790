//! A file of settings, read key by key. Whatever is wrong is collected, so that it is all told at once.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problems::{Problem, Problems};

/// Where the problems of a file are collected.
#[derive(Debug)]
pub(super) struct Document<'d> {
    text: &'d str,
    problems: RefCell<Problems>,
}

/// A table of the file, or the absence of one.
#[derive(Debug)]
pub(super) struct Section<'d> {
    document: &'d Document<'d>,
    path: String,
    table: Option<&'d DeTable<'d>>,
    known: RefCell<Vec<&'static str>>,
}

impl<'d> Document<'d> {
    pub(super) fn new(name: &str, text: &'d str) -> Self {
        Self {
            text,
            problems: RefCell::new(Problems::new(name)),
        }
    }

    /// What is not TOML.
    pub(super) fn refuse_syntax(&self, error: &toml::de::Error) {
        let line = error.span().map(|span| self.line(&span));
        let message = error.message().to_owned();
        self.add(Problem::new(line, None, message));
    }

    pub(super) fn root<'a>(&'a self, table: &'a DeTable<'a>) -> Section<'a>
    where
        'd: 'a,
    {
        Section {
            document: self,
            path: String::new(),
            table: Some(table),
            known: RefCell::default(),
        }
    }

    pub(super) fn into_problems(self) -> Problems {
        self.problems.into_inner()
    }

    fn add(&self, problem: Problem) {
        self.problems.borrow_mut().add(problem);
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }
}

impl<'d> Section<'d> {
    /// The table of this name in this one.
    pub(super) fn section(&self, name: &'static str) -> Section<'d> {
        let table = self.find(name).and_then(|value| {
            let table = value.get_ref().as_table();
            if table.is_none() {
                self.refuse(
                    name,
                    &format!("must be a table: write [{}]", self.full(name)),
                );
            }
            table
        });
        Section {
            document: self.document,
            path: self.full(name),
            table,
            known: RefCell::default(),
        }
    }

    /// The value of a key, if it is there and in order.
    pub(super) fn get<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        match read(self.find(name)?.get_ref()) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.refuse(name, &problem);
                None
            }
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(name))
    }

    /// Reports a problem with a key, at its line if the file has it.
    pub(super) fn refuse(&self, name: &str, problem: &str) {
        let span = self.table.and_then(|table| {
            let (key, _) = table.get_key_value(name)?;
            Some(key.span())
        });
        let line = span.map(|span| self.document.line(&span));
        let key = Some(self.full(name));
        self.document.add(Problem::new(line, key, problem));
    }

    /// Reports the keys that nothing has asked for.
    pub(super) fn finish(self) {
        let Some(table) = self.table else { return };
        let known = self.known.borrow();
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let problem = format!("is no setting; {}", suggestion(name, &known));
                self.refuse(name, &problem);
            }
        }
    }

    fn find(&self, name: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.known.borrow_mut().push(name);
        self.table?.get(name)
    }

    fn full(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }
}

/// The name that was meant, or all that there are.
fn suggestion(name: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|known| (distance(name, known), known))
        .min()
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4);
    if let Some((_, known)) = nearest {
        return format!("did you mean {known}?");
    }
    let mut names = known.to_vec();
    names.sort_unstable();
    format!("there are: {}", names.join(", "))
}

/// How many characters must be added, removed or replaced to make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_nearly_right_is_suggested() {
        let known = ["servers", "credentials_file", "nkey_file"];
        for (name, expected) in [
            ("server", "did you mean servers?"),
            ("credential_file", "did you mean credentials_file?"),
            ("nkeyfile", "did you mean nkey_file?"),
            ("bogus", "there are: credentials_file, nkey_file, servers"),
        ] {
            assert_eq!(suggestion(name, &known), expected);
        }
    }

    #[test]
    fn the_distance_of_words_is_counted_in_characters() {
        for (a, b, expected) in [
            ("", "", 0),
            ("abc", "", 3),
            ("", "ab", 2),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
