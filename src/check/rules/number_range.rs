//! Numbers are of a size that their reader can do something with.

use crate::catalog::{self, Literal, Preset};
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::Value;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for seen in cx.settings() {
        let Value::Int(number) = seen.setting.value else { continue };
        let form = catalog::of(seen.unit.service).at(seen.name(), seen.version);
        let usual = match form.map(|form| form.default) {
            Some(Preset::Value(Literal::Int(usual))) => usual,
            _ => 0,
        };
        let port = seen.name().ends_with("_PORT");
        let counts = ["WORKERS", "POLL", "TIMEOUT", "BATCH_SIZE"].iter().any(|word| seen.name().contains(word));
        let why = if port && !(1..=65535).contains(&number) {
            "a port is a whole number from 1 to 65535"
        } else if number < 0 && usual >= 0 {
            "it is below zero"
        } else if number == 0 && usual > 0 && counts {
            "with none of it, nothing is done"
        } else {
            continue;
        };
        out.say(format!("`{}` is out of range", seen.name())).at(seen.place(), why).help("write another number, or remove the line");
    }
}
