//! `seedtest fit MODEL` and `seedtest predict MODEL`: one model on one file, no database.

mod clustering;
mod column;
mod command;
mod digits;
mod growth;
mod irt;
mod mixed;
mod prophet;
mod stored;
mod survival;
mod typed;

use std::marker::PhantomData;
use std::process::ExitCode;

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};

use self::command::{ModelCommand, Verb};
use crate::failure::Failure;
use crate::output::Output;

/// What can be typed of every model family.
static FAMILIES: [&[ModelCommand]; 6] = [
    irt::COMMANDS,
    growth::COMMANDS,
    survival::COMMANDS,
    mixed::COMMANDS,
    prophet::COMMANDS,
    clustering::COMMANDS,
];

/// `seedtest fit`.
#[derive(Debug, Args)]
pub(crate) struct FitArgs {
    #[command(subcommand)]
    model: Chosen<Fit>,
}

/// `seedtest predict`.
#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    #[command(subcommand)]
    model: Chosen<Predict>,
}

impl FitArgs {
    pub(crate) fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        self.model.run(output)
    }
}

impl PredictArgs {
    pub(crate) fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        self.model.run(output)
    }
}

/// Which verb a choice of models belongs to.
trait OfVerb {
    const VERB: Verb;
}

#[derive(Debug)]
struct Fit;

impl OfVerb for Fit {
    const VERB: Verb = Verb::Fit;
}

#[derive(Debug)]
struct Predict;

impl OfVerb for Predict {
    const VERB: Verb = Verb::Predict;
}

/// The model that was typed, with its flags.
#[derive(Debug)]
struct Chosen<V> {
    command: &'static ModelCommand,
    matches: ArgMatches,
    verb: PhantomData<V>,
}

fn commands<V: OfVerb>() -> impl Iterator<Item = &'static ModelCommand> {
    FAMILIES.iter().copied().flatten().filter(|command| command.verb == V::VERB)
}

impl<V> Chosen<V> {
    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        (self.command.run)(&self.matches, output)
    }
}

impl<V: OfVerb> Subcommand for Chosen<V> {
    fn augment_subcommands(command: Command) -> Command {
        commands::<V>().fold(command, |command, model| command.subcommand(model.command()))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        commands::<V>().any(|command| command.name == name)
    }
}

impl<V: OfVerb> FromArgMatches for Chosen<V> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let missing = || Error::new(clap::error::ErrorKind::MissingSubcommand);
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let command = commands::<V>().find(|command| command.name == name).ok_or_else(missing)?;
        Ok(Self { command, matches: matches.clone(), verb: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
