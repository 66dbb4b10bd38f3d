//! Checksums are not compared where KMS makes them useless.

use crate::check::cx::{Cx, dig};
use crate::check::finder::Finder;
use crate::model::{Service, Value};

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let Some(parameters) = cx.of(Service::Django, "AWS_S3_OBJECT_PARAMETERS") else { return };
    let Some(Value::String(kind)) = dig(&parameters.setting.value, &["ServerSideEncryption"]) else { return };
    let check = cx.of(Service::Archiver, "ARCHIVER_CHECK_S3_HASHES");
    let off = check.is_some_and(|check| check.setting.value == Value::Bool(false));
    if kind.starts_with("aws:kms") && !off && cx.version(Service::Archiver).is_some() {
        out.say("objects are encrypted by KMS, and the archiver compares their checksums")
            .at(check.and_then(|check| check.place()).or(parameters.place()), "the ETag of such an object is no MD5, so that every archive fails")
            .help("set `ARCHIVER_CHECK_S3_HASHES: false` if the archives' bucket is encrypted so too");
    }
}
