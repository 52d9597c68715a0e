//! A model as a command: its flags and what is done with them.

use std::process::ExitCode;

use clap::{ArgMatches, Args, Command};

use crate::ending::EXIT_CODES;
use crate::failure::Failure;
use crate::output::Output;

/// What a command does with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Fit,
    Predict,
}

/// Flags of one model, and what is done with them.
pub(super) trait ModelArgs: Args {
    const VERB: Verb;
    const NAME: &'static str;
    /// Other names of the same model.
    const ALIASES: &'static [&'static str] = &[];
    /// One line of help.
    const ABOUT: &'static str;

    fn run(&self, output: &Output) -> Result<ExitCode, Failure>;
}

/// One model of one verb, as the command line sees it.
#[derive(Debug)]
pub(super) struct ModelCommand {
    pub(super) verb: Verb,
    pub(super) name: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) about: &'static str,
    pub(super) flags: fn(Command) -> Command,
    pub(super) run: fn(&ArgMatches, &Output) -> Result<ExitCode, Failure>,
}

impl ModelCommand {
    pub(super) const fn of<A: ModelArgs>() -> Self {
        let (verb, name, about) = (A::VERB, A::NAME, A::ABOUT);
        Self { verb, name, aliases: A::ALIASES, about, flags: A::augment_args, run: run::<A> }
    }

    pub(super) fn command(&self) -> Command {
        let command = Command::new(self.name).visible_aliases(self.aliases);
        let command = match self.verb {
            Verb::Fit => {
                command.after_help(format!("Examples:\n{}\n\n{EXIT_CODES}", examples(self.name)))
            }
            Verb::Predict => command,
        };
        // Flags that are shared bring the description of their group along.
        (self.flags)(command).about(self.about)
    }
}

/// Calls of `fit` with a model that work as they stand.
fn examples(model: &str) -> &'static str {
    match model {
        "irt" => {
            "  seedtest fit irt --data answers.xlsx\n  \
             seedtest fit irt --data answers.xlsx --abilities\n  \
             seedtest fit irt --data answers.csv --model 3pl --quality --csv items.csv\n  \
             seedtest fit irt --data answers.csv --dif gender --json items.json"
        }
        "growth" => {
            "  seedtest fit growth --data weekly.csv --target 0.75 --horizon-weeks 4\n  \
             seedtest fit growth --data weekly.csv --json growth.json"
        }
        "survival" => {
            "  seedtest fit survival --data students.csv --formula \"Surv(time, event) ~ age + strata(school)\""
        }
        "lmm" => {
            "  seedtest fit lmm --data scores.csv --formula \"score ~ week + (1 + week | student)\""
        }
        "glmm" => {
            "  seedtest fit glmm --data answers.csv --formula \"correct ~ week + (1 | student) + (1 | item)\" \
             --family binomial"
        }
        "prophet" => "  seedtest fit prophet --data weekly.csv",
        "cluster" => "  seedtest fit cluster --data features.csv",
        "survival-curves" => {
            "  seedtest fit survival-curves --data students.csv --formula \"Surv(time, event) ~ group\""
        }
        _ => "",
    }
}

fn run<A: ModelArgs>(matches: &ArgMatches, output: &Output) -> Result<ExitCode, Failure> {
    A::from_arg_matches(matches).unwrap_or_else(|error| error.exit()).run(output)
}
