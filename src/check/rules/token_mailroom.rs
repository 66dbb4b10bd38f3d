//! Mailroom's token, the same on both sides.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::pair;
use crate::model::Service;

const NAME: &str = "MAILROOM_AUTH_TOKEN";

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    pair::present(cx, out, NAME, |service| match service {
        Service::Mailroom => "without a token mailroom answers anyone who reaches it".to_string(),
        _ => "Django's calls are answered with 401".to_string(),
    });
    if let (Some(django), Some(mailroom)) = (cx.of(Service::Django, NAME), cx.of(Service::Mailroom, NAME)) {
        pair::same(cx, out, django, mailroom, "Django's calls are answered with 401");
    }
}
