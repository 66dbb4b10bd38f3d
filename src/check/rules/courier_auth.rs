//! Courier's token, the same at courier and at mailroom, which calls it.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::pair;
use crate::model::Service;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for name in ["COURIER_AUTH_TOKEN", "MAILROOM_COURIER_AUTH_TOKEN"] {
        pair::present(cx, out, name, |_| "mailroom's calls to courier are refused".to_string());
    }
    let courier = cx.of(Service::Courier, "COURIER_AUTH_TOKEN");
    let mailroom = cx.of(Service::Mailroom, "MAILROOM_COURIER_AUTH_TOKEN");
    if let (Some(courier), Some(mailroom)) = (courier, mailroom) {
        pair::same(cx, out, courier, mailroom, "mailroom's calls to courier are refused");
    }
}
