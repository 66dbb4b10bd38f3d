//! `rpconf vault put`: one value, into one field.

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::prompt;
use crate::cli::session::Session;
use crate::cli::vaults::VaultArgs;
use crate::cli::{world, writing};
use crate::model::{Attribute, Reference, Secret, VaultChoice};
use crate::provision::{Put, PutError};
use crate::rotate::mark;
use crate::vault::{Batch, Lock, Names, Place, Strength, places};

/// Write one value
///
/// The value is standard input, without the line break that ends a single line, or is typed on the terminal; it never
/// stands in a command line. A field or an item that is not there yet is made. A value that is there stays, unless
/// `--overwrite` is given, and an item whose rotation is open stays as it is. The `op` backend is only read.
///
/// Example: rpconf vault put "op://RapidPro/Production SMTP/password" <password.txt
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Reference, `op://vault/item/[section/]field`
    reference: String,
    /// Write a new value, which is not shown: 43 letters and digits, or with `=hex` 32 hexadecimal digits
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "password")]
    generate: Option<Form>,
    /// Put it in the place of the value that is there
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

/// What is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// 43 letters and digits
    Password,
    /// 32 hexadecimal digits
    Hex,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let reference = Reference::parse(&args.reference).map_err(|why| Failure::Usage(why.to_string()))?;
    if reference.attribute != Attribute::Value || reference.openssh {
        return Err(Failure::Usage("only a field's value can be written, not what follows from it".into()));
    }
    let open = writing::open(session, &args.vault, &VaultChoice::default(), &session.here)?;
    let value = value(&reference, args.generate)?;
    let mark = mark(&reference);
    let batch = Batch::of([&reference, &mark]);
    let names = if args.vault.locked { Names::Locked } else { Names::Learn };
    let places = open.wait(session, places(open.vault.as_ref(), &batch, &Lock::default(), names))??;
    let mut places = places.into_iter();
    let place = match places.next() {
        Some(Ok(place)) => place,
        Some(Err(problem)) => {
            session.ui.error(&problem.to_string());
            return Ok(Exit::World);
        }
        None => return Ok(Exit::Done),
    };
    // A rotation that is open would take an edit for an accident, and halt.
    if let Some(Ok(Place::Field { empty: false, .. })) = places.next() {
        session.ui.error(&format!("a rotation of the item of {reference} is open: it has to end first"));
        session.ui.tell("help: `rpconf rotate status` tells which; `rpconf rotate resume ENV TARGET` ends it");
        return Ok(Exit::World);
    }
    let random = &mut world::fill_random;
    let put = crate::provision::put(&reference, &place, value, args.overwrite, open.writer.as_ref(), random);
    let (put, written) = match open.wait_to_write(session, put)? {
        Ok(done) => done,
        Err(PutError::HasValue) => {
            let why = format!("{reference} has a value; add `--overwrite` to put another in its place");
            return Err(Failure::Usage(why));
        }
        Err(PutError::IsFile) => {
            return Err(Failure::Usage(format!("{reference} is an attached file; rpconf writes fields only")));
        }
        Err(PutError::Refused(refusal)) => return Err(writing::refused(session, &reference.vault, &refusal)),
    };
    session.ui.result(&format!("wrote {reference}: {}\n", words(put)))?;
    open.settle(session, &[written])?;
    Ok(Exit::Done)
}

fn words(put: Put) -> &'static str {
    match put {
        Put::NewItem => "a new item",
        Put::NewField => "a new field of the item",
        Put::Filled => "the field had no value",
        Put::Overwritten => "the former value is gone",
    }
}

fn value(reference: &Reference, generate: Option<Form>) -> Result<Secret<String>, Failure> {
    let value = match generate {
        Some(Form::Password) => Strength::Password.make(&mut world::fill_random),
        Some(Form::Hex) => Strength::Hex.make(&mut world::fill_random),
        None => prompt::value(&format!("Value for {reference}"))?,
    };
    #[expect(clippy::disallowed_methods, reason = "only the length is looked at")]
    let empty = value.expose().is_empty();
    if empty { Err(Failure::Usage("there is no value: standard input is empty".into())) } else { Ok(value) }
}
