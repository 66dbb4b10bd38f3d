//! Django has a secret key of its own.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::pair;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    pair::present(cx, out, "SECRET_KEY", |_| "the key in RapidPro's source would sign sessions and reset links".to_string());
}
