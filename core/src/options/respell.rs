use super::changes::ChangesOptions;
use super::client::ClientOptions;
use super::mirror::MirrorOptions;
use super::shared::SharedOptions;
use crate::mention::OPENING;

/// The message, with the names of mentioned options spelled as in another language.
pub fn respell_options(message: &str, spell: impl Fn(&str) -> String) -> String {
    let mut parts = message.split(OPENING);
    let mut spelled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_at(part.find(')').unwrap_or_default());
        let all = [
            ClientOptions::SPECS,
            ChangesOptions::SPECS,
            MirrorOptions::SPECS,
            SharedOptions::SPECS,
        ];
        let mut options = all.into_iter().flatten();
        let name = match options.find(|option| option.name == name) {
            Some(option) => spell(option.name),
            None => name.to_owned(),
        };
        spelled.extend([OPENING, &name, rest]);
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mention::mention;

    #[test]
    fn only_options_are_respelled() {
        let message = format!(
            "late {}, and (option a_name) of a server",
            mention("open_timeout")
        );
        let spelled = respell_options(&message, str::to_uppercase);
        assert_eq!(
            spelled,
            "late (option OPEN_TIMEOUT), and (option a_name) of a server"
        );
        for odd in [
            "",
            "(option ",
            "(option )",
            "(option",
            "x(option open_timeout",
        ] {
            assert_eq!(respell_options(odd, str::to_uppercase), odd);
        }
    }
}
