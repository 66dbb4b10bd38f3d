//! The region in an S3 endpoint is the region that is set, everywhere.

use crate::check::address::Address;
use crate::check::cx::{Cx, Seen};
use crate::check::finder::Finder;
use crate::check::majority;
use crate::check::oracle::Answer;

const REGIONS: [&str; 10] = [
    "AWS_S3_REGION_NAME",
    "AWS_DEFAULT_REGION",
    "COURIER_S3_REGION",
    "COURIER_AWS_REGION",
    "MAILROOM_S3_REGION",
    "MAILROOM_AWS_REGION",
    "ARCHIVER_S3_REGION",
    "ARCHIVER_AWS_REGION",
    "INDEXER_AWS_REGION",
    "AWS_REGION",
];
const ENDPOINTS: [&str; 4] =
    ["AWS_S3_ENDPOINT_URL", "COURIER_S3_ENDPOINT", "MAILROOM_S3_ENDPOINT", "ARCHIVER_S3_ENDPOINT"];

/// AWS's regions, as of 2026.
const KNOWN: [&str; 39] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
    "us-iso-east-1",
];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let regions = cx.any(&REGIONS);
    for seen in cx.any(&ENDPOINTS) {
        let region = REGIONS.iter().find_map(|name| cx.beside(seen, name));
        if let (Some(address), Some(region)) = (cx.address(seen), region) {
            endpoint(seen, &address, region, out);
        }
    }
    let region = |seen: &Seen<'_>| seen.text().unwrap_or_default().to_string();
    let Some(model) = majority::model(&regions, |seen| !seen.is_written(), region) else { return };
    for seen in &regions {
        if let (Some(ours), Some(theirs)) = (cx.value(*seen), cx.value(*model))
            && cx.same(&ours, &theirs) == Answer::No
        {
            out.say(format!("`{}` is another region than `{}`", seen.name(), model.name()))
                .at(seen.place(), format!("{} would sign for it, and AWS answers 400", seen.unit.service))
                .at(model.place(), format!("{} has this one", model.unit.service))
                .help("remove the setting: it is derived from `resources.s3.region`");
        } else if let Some(text) = seen.text()
            && !looks_like_region(text)
            && is_aws(cx, *seen)
        {
            out.say(format!("`{}` is no region of AWS", seen.name()))
                .at(seen.fact("s3.region"), "")
                .help("write a region such as `eu-west-2`");
        } else if let Some(text) = seen.text()
            && !KNOWN.contains(&text)
            && is_aws(cx, *seen)
        {
            out.warn(format!("`{}` is no region of AWS that is known here", seen.name()))
                .at(seen.fact("s3.region"), "AWS has it by no such name, or opened it lately")
                .help("look it up, and allow it with a reason if it is new");
        }
    }
}

fn endpoint(seen: Seen<'_>, address: &Address, region: Seen<'_>, out: &mut Finder<'_>) {
    let (Some(host), Some(wanted)) = (address.host.known(), region.text()) else { return };
    let Some(rest) = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn")) else { return };
    let named = match rest.rsplit(['.', '-']).next() {
        Some("s3") => "us-east-1",
        _ => rest.rsplit('.').next().map_or("", |label| label.strip_prefix("s3-").unwrap_or(label)),
    };
    if named != wanted {
        let what = if named == "us-east-1" && !host.contains(named) { "the endpoint of us-east-1" } else { "another region" };
        out.say(format!("`{}` is {what}, and `{}` says `{wanted}`", seen.name(), region.name()))
            .at(seen.fact("s3.endpoint"), "the signature is for one region and the address is another's: AWS answers 400")
            .at(region.place(), "the region")
            .help(format!("write `https://s3.{wanted}.amazonaws.com`, or remove the endpoint: it is derived"));
    }
}

/// Whether a unit's S3 is Amazon's own: other stores name their regions as they like.
fn is_aws<'a>(cx: &Cx<'a>, seen: Seen<'a>) -> bool {
    let endpoint = ENDPOINTS.iter().find_map(|name| cx.beside(seen, name)).and_then(|endpoint| endpoint.text());
    endpoint.is_none_or(|endpoint| endpoint.contains("amazonaws.com"))
}

/// Whether a text has the form of a region's name: an area, one or two words, a digit.
fn looks_like_region(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let area = ["af", "ap", "ca", "cn", "eu", "il", "me", "mx", "sa", "us"];
    let side = |word: &&str| {
        let compass = ["north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"];
        compass.contains(word)
    };
    match words.as_slice() {
        [first, middle, last] | [first, "gov" | "iso", middle, last] => {
            area.contains(first) && side(middle) && last.len() == 1 && last.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    }
}
