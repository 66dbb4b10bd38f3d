//! The S3 endpoint is the service's address, without a bucket.

use crate::check::cx::Cx;
use crate::check::finder::Finder;

const ENDPOINTS: [&str; 4] =
    ["AWS_S3_ENDPOINT_URL", "COURIER_S3_ENDPOINT", "MAILROOM_S3_ENDPOINT", "ARCHIVER_S3_ENDPOINT"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let named = |seen: &crate::check::cx::Seen<'_>| seen.name().contains("BUCKET") && !seen.name().contains("DOMAIN");
    let buckets: Vec<&str> = cx.settings().filter(named).filter_map(|seen| seen.text()).collect();
    for seen in cx.any(&ENDPOINTS) {
        let Some(address) = cx.address(seen) else { continue };
        let (Some(host), path) = (address.host.known(), address.name()) else { continue };
        let named = buckets.iter().any(|bucket| host.starts_with(&format!("{bucket}.")) || path.known() == Some(bucket));
        let labelled = host.split_once(".s3.").or_else(|| host.split_once(".s3-")).is_some_and(|(_, rest)| rest.ends_with("amazonaws.com"));
        if named || labelled {
            out.say(format!("`{}` has a bucket in it", seen.name()))
                .at(seen.fact("s3.endpoint"), "the client puts the bucket in front itself, and then it stands there twice")
                .help("write the service's address, such as `https://s3.eu-west-2.amazonaws.com`");
        }
    }
}
