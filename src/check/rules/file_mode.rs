//! Files with secrets are not for everyone to read.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::{Setting, Target};

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for (unit, _) in cx.units().filter(|(unit, _)| unit.settings.iter().any(Setting::has_holes)) {
        judge(unit.service.name(), &unit.target, None, out);
    }
    for file in cx.plan.files.iter().filter(|file| !file.content.references().is_empty()) {
        judge(&file.name, &file.target, Some(file.span), out);
    }
}

fn judge(name: &str, target: &Target, span: Option<crate::diag::Span>, out: &mut Finder<'_>) {
    if target.mode & 0o007 != 0 {
        out.say(format!("`{name}` holds secrets, and everyone on its host may read it"))
            .at(target.mode_span.or(span), format!("the mode is {:04o}", target.mode))
            .help("write `\"0640\"` or `\"0600\"`");
    }
}
