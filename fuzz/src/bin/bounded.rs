//! Runs the targets on stable Rust: each over its corpus, and then over mutations of it.
//!
//! `bounded [--seconds N] [--seed N] [TARGET...]`, or `bounded --input FILE TARGET` for one input.

use std::env;
use std::fs;
use std::panic;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use drivebell_fuzz::{TARGETS, Target};

#[path = "bounded/memory.rs"]
mod memory;
#[path = "bounded/mutate.rs"]
mod mutate;

/// How long one input may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The memory that any input may take.
const FREE_MEMORY: usize = 8 * 1024 * 1024;

/// The longest input.
const MAX_INPUT: usize = 4096;

struct Arguments {
    seconds: f64,
    seed: u64,
    input: Option<PathBuf>,
    targets: Vec<Target>,
}

fn arguments() -> Result<Arguments, String> {
    let mut all = Arguments {
        seconds: 9.0,
        seed: 1,
        input: None,
        targets: Vec::new(),
    };
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--seconds" => all.seconds = value()?.parse().map_err(|_| "seconds: a number")?,
            "--seed" => all.seed = value()?.parse().map_err(|_| "seed: a number")?,
            "--input" => all.input = Some(value()?.into()),
            name => {
                let target = TARGETS.iter().find(|target| target.name == name);
                all.targets
                    .push(*target.ok_or(format!("there is no target {name}"))?);
            }
        }
    }
    if all.targets.is_empty() {
        all.targets = TARGETS.to_vec();
    }
    Ok(all)
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    watch();
    let share = Duration::from_secs_f64(arguments.seconds)
        / u32::try_from(arguments.targets.len()).unwrap_or(1);
    for target in &arguments.targets {
        let done = match &arguments.input {
            Some(path) => try_input(target, &fs::read(path).expect("a file")).map(drop),
            None => fuzz(target, arguments.seed, share),
        };
        if let Err(problem) = done {
            eprintln!("{}: {problem} (seed {})", target.name, arguments.seed);
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn fuzz(target: &Target, seed: u64, share: Duration) -> Result<(), String> {
    let corpus = corpus(target.name);
    for input in &corpus {
        try_input(target, input)?;
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let start = Instant::now();
    let (mut runs, mut most) = (0_u64, 0.0_f64);
    while start.elapsed() < share {
        let input = mutate::mutated(&corpus, &mut random, MAX_INPUT);
        most = most.max(try_input(target, &input)?);
        runs += 1;
    }
    println!(
        "{:12} {:3} inputs of the corpus, {runs:8} mutations, at most {most:6.1} bytes of memory for a byte",
        target.name,
        corpus.len()
    );
    Ok(())
}

/// Returns how much memory it took for each byte, of that beyond what every input may take.
fn try_input(target: &Target, input: &[u8]) -> Result<f64, String> {
    BUSY.fetch_add(1, SeqCst);
    let before = memory::begin();
    let result = panic::catch_unwind(|| (target.run)(input));
    let memory = memory::peak().saturating_sub(before);
    BUSY.fetch_add(1, SeqCst);
    let limit = FREE_MEMORY + target.memory * input.len();
    let problem = match result {
        Err(_) => "a property does not hold".to_owned(),
        Ok(()) if memory > limit => format!("it took {memory} bytes of memory"),
        Ok(()) => {
            #[expect(clippy::cast_precision_loss, reason = "a rough number")]
            return Ok(memory as f64 / input.len().max(1024) as f64);
        }
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts");
    let path = folder.join(format!("{}-{:016x}", target.name, fastrand::u64(..)));
    let kept = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, input));
    kept.expect("a writable folder");
    Err(format!("{problem}; the input is in {}", path.display()))
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let files = fs::read_dir(&folder).expect("a folder of the corpus");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths
        .iter()
        .map(|path| fs::read(path).expect("a file"))
        .collect()
}

/// Odd while an input runs.
static BUSY: AtomicU64 = AtomicU64::new(0);

/// Ends the process if an input takes too long.
fn watch() {
    thread::spawn(|| {
        loop {
            let seen = BUSY.load(SeqCst);
            thread::sleep(LIMIT);
            if seen % 2 == 1 && BUSY.load(SeqCst) == seen {
                eprintln!(
                    "an input takes longer than {LIMIT:?}; run with the same seed to find it"
                );
                process::exit(1);
            }
        }
    });
}
