//! Flags of `seedtest account`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest account add anna@school.example --role operator
  seedtest account add tom --role teacher --class 7a,7b --name 'Tom Park'
  seedtest account add pat --role guardian --student s17,s18
  seedtest account list")]
pub(crate) struct AccountArgs {
    #[command(subcommand)]
    pub(crate) action: AccountAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountAction {
    /// Make an account and print the link by which its owner chooses a password; the first account turns the pages on
    Add {
        /// What they sign in with: a name or an address of mail, in any case of the letters
        login: String,
        /// student, guardian, teacher, school or operator
        #[arg(long, value_name = "ROLE")]
        role: String,
        #[command(flatten)]
        belongings: Belongings,
        /// Set the password from this file instead of inviting; `-` = standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        #[command(flatten)]
        link: InvitationLink,
    },
    /// Every account: login, role, whom it sees, whether it is invited or disabled; passwords are not stored
    List {
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Print another link by which the owner of an account chooses a password; the one before no longer works
    Invite {
        /// What they sign in with
        login: String,
        #[command(flatten)]
        link: InvitationLink,
    },
    /// Put name, role, school, classes or students in the place of those before; what is not named stays
    Change {
        /// What they sign in with
        login: String,
        /// student, guardian, teacher, school or operator
        #[arg(long, value_name = "ROLE")]
        role: Option<String>,
        #[command(flatten)]
        belongings: Belongings,
    },
    /// Set the password of an account; whoever is signed in with it has to sign in again
    Password {
        /// What they sign in with
        login: String,
        /// Where the password is; `-` = standard input
        #[arg(long, value_name = "FILE", default_value = "-")]
        password_file: PathBuf,
    },
    /// Let nobody sign in with an account, and sign out who is
    Disable {
        /// What they sign in with
        login: String,
    },
    /// Let its owner sign in with an account again
    Enable {
        /// What they sign in with
        login: String,
    },
}

/// What is said of a person beside the role.
#[derive(Debug, Args)]
pub(crate) struct Belongings {
    /// Name to show [default: the login]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Id of their school [default: none, where the installation is that of one school]
    #[arg(long, value_name = "ID")]
    pub(crate) school: Option<String>,
    /// Classes of a teacher, ids with commas between them
    #[arg(long = "class", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) classes: Vec<String>,
    /// The student somebody is, or those a guardian is responsible for
    #[arg(long = "student", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) students: Vec<String>,
}

/// The link of an invitation.
#[derive(Debug, Args)]
pub(crate) struct InvitationLink {
    /// Days for which the link works
    #[arg(long, default_value_t = seedtest_dashboard::Config::INVITATION_DAYS, value_parser = values::whole(1..=90_u32), value_name = "N")]
    pub(crate) days: u32,
    /// Address under which browsers reach the service [default: public-url of the section serve, else the link is
    /// printed without it]
    #[arg(long, env = "SEEDTEST_PUBLIC_URL", value_parser = values::web, value_name = "URL")]
    pub(crate) public_url: Option<String>,
}
