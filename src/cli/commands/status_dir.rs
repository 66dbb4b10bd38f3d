//! `rpconf status --dir DIR`: rendered files that others can read, or that no render knows any more.

use serde_json::json;

use crate::cli::exit::{Exit, Outcome};
use crate::cli::session::Session;
use crate::cli::world::{self, Rendered};

/// Looks at every render below a folder; no document and no vault is asked.
pub fn run(session: &Session, folder: &std::path::Path, as_json: bool) -> Outcome {
    let mut rows = vec![];
    for Rendered { path, mode, named } in world::rendered(&session.at(folder))? {
        let mut wrong = vec![];
        if mode & 0o077 != 0 {
            wrong.push(format!("others can read it or write to it ({mode:04o}): `chmod go= FILE`, or render again"));
        }
        if !named {
            wrong.push(
                "no manifest beside it names it: it is left of an older render, and may hold a secret".to_string(),
            );
        }
        if !wrong.is_empty() {
            rows.push((path, wrong));
        }
    }
    if as_json {
        let row =
            |(path, wrong): &(std::path::PathBuf, Vec<String>)| json!({"path": path.to_string_lossy(), "wrong": wrong});
        session.ui.result(&format!("{:#}\n", json!(rows.iter().map(row).collect::<Vec<_>>())))?;
    } else {
        for (path, wrong) in &rows {
            session.ui.result(&format!("{}: {}\n", path.display(), wrong.join("; ")))?;
        }
    }
    session.ui.tell(&format!("{} files want looking at", rows.len()));
    Ok(if rows.is_empty() { Exit::Done } else { Exit::Differs })
}
