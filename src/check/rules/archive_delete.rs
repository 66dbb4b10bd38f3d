//! Rows are deleted only after an upload to a bucket that is written out.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::model::{Service, Value};

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    let Some(bucket) = cx.of(Service::Archiver, "ARCHIVER_S3_BUCKET") else { return };
    let switch = cx.of(Service::Archiver, "ARCHIVER_DELETE");
    // v10.3.7 took the switch away: it deletes, always.
    let always = bucket.version >= crate::catalog::Version::new(10, 3, 7);
    if !always && switch.is_none_or(|switch| switch.setting.value != Value::Bool(true)) {
        return;
    }
    if let Some(upload) = cx.of(Service::Archiver, "ARCHIVER_UPLOAD_TO_S3")
        && upload.setting.value == Value::Bool(false)
    {
        out.say("rows are deleted and nothing is uploaded")
            .at(upload.place(), "the archives stay on the archiver's disk")
            .at(switch.and_then(|switch| switch.place()), "rows leave the database")
            .help("remove this line, or write `delete: false`");
    }
    if bucket.text().is_none() {
        out.say("rows are deleted after an upload to a bucket that nobody can read here")
            .at(bucket.place(), "a wrong name in the vault would show only when an archive is looked for")
            .at(switch.and_then(|switch| switch.place()), "rows leave the database")
            .help("write the bucket's name: it is no secret");
    }
}
