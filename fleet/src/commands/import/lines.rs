//! The drives of a file, line by line: NDJSON or CSV.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde_json::{Map, Value};

use crate::drives::{Entry, check_key, default_key};
use crate::exit::{ExitCode, Failure};

/// A longer line is of another file.
const MAX_LINE: u64 = 2 * 1024 * 1024;

/// The columns that a CSV file may have.
const COLUMNS: [&str; 6] = ["key", "resource", "user", "since", "label", "tenant"];

/// A drive to import.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Drive {
    pub(super) line: u64,
    pub(super) key: String,
    pub(super) json: String,
}

/// A line that cannot be imported.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    pub(super) line: u64,
    pub(super) problem: String,
}

/// The drives of a file.
pub(super) struct Lines {
    rows: Box<dyn Iterator<Item = Result<Row, BadLine>> + Send>,
    /// The line of each key, because two lines with the same key would race.
    keys: HashMap<String, u64>,
}

/// The fields of a line.
struct Row {
    line: u64,
    fields: Map<String, Value>,
}

impl Lines {
    /// Opens a file, or stdin for `-`.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let refuse = |problem: String| {
            Failure::new(ExitCode::Usage, format!("{}: {problem}", path.display()))
        };
        let input: Box<dyn Read + Send> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            let file = File::open(path).map_err(|error| {
                refuse(format!(
                    "cannot be read: {error}; name a file, or - for stdin"
                ))
            })?;
            Box::new(file)
        };
        Self::of(input).map_err(refuse)
    }

    fn of(input: Box<dyn Read + Send>) -> Result<Self, String> {
        let mut input = BufReader::with_capacity(64 * 1024, input);
        let begins_with =
            first_character(&mut input).map_err(|error| format!("cannot be read: {error}"))?;
        let rows: Box<dyn Iterator<Item = _> + Send> = match begins_with {
            None => Box::new(std::iter::empty()),
            Some(b'{') => Box::new(json_rows(input)),
            Some(_) => Box::new(csv_rows(input)?),
        };
        Ok(Self {
            rows,
            keys: HashMap::new(),
        })
    }
}

impl Iterator for Lines {
    type Item = Result<Drive, BadLine>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.rows.next()? {
            Ok(row) => row,
            Err(bad) => return Some(Err(bad)),
        };
        let line = row.line;
        let drive = drive(row).and_then(|drive| {
            let known = *self.keys.entry(drive.key.clone()).or_insert(line);
            if known == line {
                Ok(drive)
            } else {
                Err(format!("key: {:?} is that of line {known} too", drive.key))
            }
        });
        Some(drive.map_err(|problem| BadLine { line, problem }))
    }
}

fn drive(row: Row) -> Result<Drive, String> {
    let mut fields = row.fields;
    let key = match fields.remove("key") {
        None | Some(Value::Null) => None,
        Some(Value::String(key)) => Some(key),
        Some(_) => return Err("key: must be a text".to_owned()),
    };
    let entry = Entry::of_fields(&fields).map_err(|problem| problem.to_string())?;
    let key = key.unwrap_or_else(|| default_key(&entry.drive.user, &entry.drive.resource));
    check_key(&key).map_err(|problem| format!("key: {problem}"))?;
    Ok(Drive {
        line: row.line,
        key,
        json: entry.to_json(),
    })
}

/// The first byte that is no white space and no byte order mark, which stays in the input.
fn first_character(input: &mut impl BufRead) -> io::Result<Option<u8>> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    if input.fill_buf()?.starts_with(MARK) {
        input.consume(MARK.len());
    }
    let found = input
        .fill_buf()?
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    Ok(found.copied())
}

fn json_rows(mut input: impl BufRead) -> impl Iterator<Item = Result<Row, BadLine>> {
    let mut line = 0;
    let mut has_failed = false;
    std::iter::from_fn(move || {
        loop {
            if has_failed {
                return None;
            }
            line += 1;
            let bad = |problem: String| Some(Err(BadLine { line, problem }));
            let mut text = Vec::new();
            match input
                .by_ref()
                .take(MAX_LINE + 1)
                .read_until(b'\n', &mut text)
            {
                Ok(0) => return None,
                Ok(_) if text.len() as u64 > MAX_LINE => {
                    has_failed = true;
                    return bad(format!(
                        "has more than {MAX_LINE} bytes, so the file is of another kind; the rest of it \
                         was not read"
                    ));
                }
                Ok(_) => {}
                Err(error) => {
                    has_failed = true;
                    return bad(format!("cannot be read: {error}"));
                }
            }
            if text.trim_ascii().is_empty() {
                continue;
            }
            return match serde_json::from_slice(&text) {
                Ok(Value::Object(fields)) => Some(Ok(Row { line, fields })),
                Ok(_) => bad("is JSON, and not an object".to_owned()),
                // Without the position, which counts lines within this one.
                Err(error) => bad(format!(
                    "is not JSON, at character {} of the line",
                    error.column()
                )),
            };
        }
    })
}

fn csv_rows(
    input: impl BufRead + Send + 'static,
) -> Result<impl Iterator<Item = Result<Row, BadLine>>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(input);
    let headers = reader
        .headers()
        .map_err(|error| format!("is neither JSON nor CSV: {error}"))?;
    let columns: Vec<String> = headers.iter().map(str::to_ascii_lowercase).collect();
    if let Some(column) = columns.iter().find(|it| !COLUMNS.contains(&it.as_str())) {
        return Err(format!(
            "its first line must name the columns, and {column:?} is none: there are {}",
            COLUMNS.join(", ")
        ));
    }
    for column in ["resource", "user"] {
        if !columns.iter().any(|it| it == column) {
            return Err(format!("its first line names no column {column}"));
        }
    }
    let mut has_failed = false;
    let mut records = reader.into_records();
    Ok(std::iter::from_fn(move || {
        if has_failed {
            return None;
        }
        let record = match records.next()? {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                // A reader that fails fails again.
                has_failed = error.is_io_error();
                let problem = problem_of(&error);
                return Some(Err(BadLine { line, problem }));
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let fields = columns.iter().zip(&record);
        // An empty cell is a field that is not there.
        let fields = fields.filter(|(_, cell)| !cell.is_empty());
        let fields = fields.map(|(column, cell)| (column.clone(), cell.into()));
        Some(Ok(Row {
            line,
            fields: fields.collect(),
        }))
    }))
}

fn problem_of(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("has {len} cells, and the first line names {expected_len} columns"),
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let lines = Lines::of(Box::new(io::Cursor::new(text.to_owned())));
        let lines = match lines {
            Ok(lines) => lines,
            Err(problem) => return vec![problem],
        };
        let shown = lines.map(|line| match line {
            Ok(drive) => format!("{}: {} {}", drive.line, drive.key, drive.json),
            Err(bad) => format!("{}! {}", bad.line, bad.problem),
        });
        shown.collect()
    }

    #[test]
    fn json_is_read_line_by_line() {
        let shown = read(concat!(
            "\u{feff}\n",
            "{\"resource\":\"/me/drive\",\"user\":\"kim@x\"}\n",
            "\r\n",
            "{\"key\":\"a\",\"resource\":\"/drives/1\",\"user\":\"k\",\"since\":\"now\"}\r\n",
            "nonsense\n",
            "[]\n",
            "{\"resource\":\"/me/drive\"}\n",
            "{\"key\":\"a b\",\"resource\":\"/me/drive\",\"user\":\"k\"}\n",
            "{\"key\":\"a\",\"resource\":\"/me/drive\",\"user\":\"k\"}\n",
            "{\"key\":\"b\",\"problem\":\"x\"}",
        ));
        let expected = [
            "2: kim=40x/me/drive {",
            "4: a {",
            "5! is not JSON, at character",
            "6! is JSON, and not an object",
            "7! user: is missing",
            "8! key: contains ' '",
            "9! key: \"a\" is that of line 4 too",
            "10! \"problem\" is no field",
        ];
        assert_eq!(shown.len(), expected.len(), "{shown:#?}");
        for (shown, expected) in shown.iter().zip(expected) {
            assert!(shown.starts_with(expected), "{shown}");
        }
    }

    #[test]
    fn csv_names_its_columns() {
        let shown = read(concat!(
            "User, resource,label,key\n",
            "kim@x,/me/drive,\"Kim's, own\",\n",
            "kim@x,/me/drive\n",
            "\"a\",/nowhere,,\n",
            "b,/me/drive,,b\n",
        ));
        let expected = [
            "2: kim=40x/me/drive {\"label\":\"Kim's, own\"",
            "3! has 2 cells, and the first line names 4 columns",
            "4! resource: is not a path",
            "5: b {",
        ];
        assert_eq!(shown.len(), expected.len(), "{shown:#?}");
        for (shown, expected) in shown.iter().zip(expected) {
            assert!(shown.starts_with(expected), "{shown}");
        }
    }

    #[test]
    fn a_file_of_another_kind_is_refused_as_a_whole() {
        for (text, says) in [
            ("hello\n", "\"hello\" is none"),
            ("resource,users\n", "\"users\" is none"),
            ("user,label\na,b\n", "no column resource"),
        ] {
            let shown = read(text);
            assert_eq!(shown.len(), 1, "{shown:?}");
            assert!(shown[0].contains(says), "{}", shown[0]);
        }
        assert!(read("").is_empty());
        assert!(read("\n \n").is_empty());
    }
}
