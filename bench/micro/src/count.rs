//! `count CASE N` runs a case N times, for callgrind to count its instructions. `count` alone lists
//! the cases.

use std::env;
use std::error::Error;

use drivebell_micro::cases;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [name, times] = arguments.as_slice() else {
        cases().for_each(|case| println!("{}", case.name));
        return Ok(());
    };
    let case = cases().find(|case| case.name == name);
    let case = case.ok_or_else(|| format!("there is no case {name}"))?;
    (case.run)(times.parse()?);
    Ok(())
}
