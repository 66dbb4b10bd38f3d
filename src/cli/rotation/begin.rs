//! What every verb of `rotate` begins with: the plan, the vault, the item, and how it stands.

use super::access::OpenAccess;
use super::outside::Edge;
use crate::cli::exit::{Exit, Failure};
use crate::cli::fetching;
use crate::cli::session::Session;
use crate::cli::vaults::VaultArgs;
use crate::cli::world::Found;
use crate::model::Plan;
use crate::rotate::{self, Access as _, Blocked, ItemStore, Layout, Target, target};
use crate::vault::{Batch, ItemId, Names, Place, places};

/// A target of an environment whose item was found.
pub struct Begun {
    /// Where the environment is.
    pub found: Found,
    /// What it is compiled to.
    pub plan: Plan,
    /// What is rotated.
    pub target: Target,
    /// The vault.
    pub access: OpenAccess,
    /// The item.
    pub id: ItemId,
    /// Its fields.
    pub layout: Layout,
}

impl Begun {
    /// The item as a store.
    pub fn store<'a>(&'a self, edge: &'a Edge) -> ItemStore<'a> {
        ItemStore { access: &self.access, id: self.id.clone(), layout: self.layout.clone(), outside: edge }
    }
}

/// Finds the item of a target whose files will be written: the document breaks no rule, as `apply` wants it. The inner error
/// is a reason not to begin.
pub async fn begin(session: &Session, args: &VaultArgs, environment: &str, name: &str) -> Beginning {
    let target = known(name)?;
    match session.sound_plan(environment)? {
        Ok((found, plan, _)) => item(session, args, target, found, plan).await,
        Err(exit) => Ok(Err(Refused::Document(exit))),
    }
}

/// Finds the item of a target that is only looked at.
pub async fn look(session: &Session, args: &VaultArgs, environment: &str, name: &str) -> Beginning {
    let target = known(name)?;
    match session.plan(environment)? {
        Ok((found, plan, _)) => item(session, args, target, found, plan).await,
        Err(exit) => Ok(Err(Refused::Document(exit))),
    }
}

async fn item(session: &Session, args: &VaultArgs, target: Target, found: Found, plan: Plan) -> Beginning {
    let layout = match rotate::layout(&plan, &target) {
        Ok(layout) => layout,
        Err(blocked) => return Ok(Err(Refused::Blocked(blocked))),
    };
    let access = OpenAccess::open(session, args, &plan.vault, &found.folder)?;
    let (vault, _) = access.open().map_err(|why| Failure::file("the vault", why))?;
    let lock = fetching::read_lock(&found)?;
    let batch = Batch::of([&layout.password]);
    let place = places(vault.as_ref(), &batch, &lock, Names::Learn).await?.into_iter().next();
    let id = match place {
        Some(Ok(Place::Field { item, .. })) => item,
        Some(Err(problem)) => return Ok(Err(Refused::Blocked(missing(problem.to_string())))),
        _ => return Ok(Err(Refused::Blocked(missing(format!("`{}` is not there", layout.password))))),
    };
    Ok(Ok(Begun { found, plan, target, access, id, layout }))
}

/// What there is to begin with, or why not.
pub type Beginning = Result<Result<Begun, Refused>, Failure>;

/// A target by its name.
pub fn known(name: &str) -> Result<Target, Failure> {
    let all = || rotate::TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    target(name).ok_or_else(|| Failure::Usage(format!("`{name}` cannot be rotated; targets are {}", all())))
}

/// Why a target cannot be looked at.
pub enum Refused {
    /// The document is wrong, and that was told.
    Document(Exit),
    /// Something else.
    Blocked(Blocked),
}

fn missing(what: String) -> Blocked {
    Blocked { what, help: "`rpconf vault create ENV --write` makes what is missing".into() }
}
