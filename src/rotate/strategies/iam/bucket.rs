//! S3's part: an object that is put, got and deleted, as proof that a key does what consumers do by it.

use reqwest::{Method, Url};

use super::super::super::Credential;
use super::aws::{Aws, Request, Trouble};
use super::keys;

const CONTENT: &str = "written by rpconf while an access key is rotated; may be deleted";

impl Aws<'_> {
    /// Puts, gets and deletes `rpconf-probe/ID`. S3 learns of a key later than IAM does, and is asked again.
    pub(super) async fn try_bucket(&self, credential: &Credential) -> Result<(), Trouble> {
        let mut pauses = self.pauses();
        loop {
            match self.put_get_delete(credential).await {
                Err(trouble @ (Trouble::Refused(_) | Trouble::Denied(..) | Trouble::Unreachable(_))) => {
                    if !pauses.wait().await {
                        return Err(trouble);
                    }
                }
                other => return other,
            }
        }
    }

    /// Whether the bucket is there, as far as a key may know.
    pub(super) async fn has_bucket(&self, credential: &Credential) -> Result<bool, Trouble> {
        match self.object(Method::GET, "s3:GetObject", "", credential).await {
            Err(Trouble::Other(what)) if what.contains("NoSuchBucket") => Ok(false),
            Err(Trouble::Other(what)) if what.contains("NoSuchKey") => Ok(true),
            Err(Trouble::Denied(..)) => Ok(true),
            other => other.map(|_| true),
        }
    }

    async fn put_get_delete(&self, credential: &Credential) -> Result<(), Trouble> {
        self.object(Method::PUT, "s3:PutObject", CONTENT, credential).await?;
        if self.object(Method::GET, "s3:GetObject", "", credential).await? != CONTENT {
            let bucket = &self.place.bucket;
            return Err(Trouble::Other(format!("bucket {bucket} gives back something else than was put there")));
        }
        match self.object(Method::DELETE, "s3:DeleteObject", "", credential).await {
            // The services delete nothing and need not be allowed to; the object says what it is.
            Err(Trouble::Denied(..)) => Ok(()),
            other => other.map(drop),
        }
    }

    async fn object(
        &self,
        method: Method,
        action: &str,
        body: &str,
        credential: &Credential,
    ) -> Result<String, Trouble> {
        let url = self.object_url(keys::id(credential))?;
        let request = Request { service: "s3", action, method, url, body };
        Ok(self.ask(&request, credential).await?.body.to_string())
    }

    fn object_url(&self, name: &str) -> Result<Url, Trouble> {
        let (mut url, bucket) = (self.url("s3")?, self.place.bucket.as_str());
        let unfit = || Trouble::Other(format!("bucket {bucket} and the address of s3 make no URL"));
        // A dot in a bucket's name fits no wildcard certificate.
        let in_path = self.place.path_style || bucket.contains('.');
        if !in_path {
            let host = format!("{bucket}.{}", url.host_str().unwrap_or_default());
            url.set_host(Some(&host)).map_err(|_| unfit())?;
        }
        let mut path = url.path_segments_mut().map_err(|()| unfit())?;
        path.pop_if_empty().extend(Some(bucket).filter(|_| in_path)).extend(["rpconf-probe", name]);
        drop(path);
        Ok(url)
    }
}
