//! IAM's and STS's part: keys and who has them.

use std::time::Duration;

use reqwest::Method;
use url::form_urlencoded;

use super::super::super::{Consumer, Credential};
use super::answer::Answer;
use super::aws::{Aws, Request, Response, Trouble, moment};
use crate::model::Secret;

/// What the admin does.
pub(super) const ACTIONS: &str = "iam:ListAccessKeys, iam:CreateAccessKey, iam:UpdateAccessKey, iam:DeleteAccessKey \
                                  and iam:GetAccessKeyLastUsed";

/// Whether a key is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    Inactive,
}

/// A key, without its secret, which AWS tells when it makes it only.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) status: Status,
    /// As AWS writes it.
    pub(super) created: String,
    /// By AWS's clock.
    pub(super) age: Option<Duration>,
}

/// The last use of a key.
#[derive(Debug, Clone)]
pub(super) struct LastUsed {
    /// Who has the key.
    pub(super) user: String,
    /// How long ago by AWS's clock; none when it was never used.
    pub(super) ago: Option<Duration>,
    pub(super) service: String,
    date: String,
    region: String,
}

/// Who a key stands for.
pub(super) struct Principal(pub(super) String);

impl Principal {
    /// An IAM user's name: neither the account's root has one, nor a role.
    pub(super) fn user(&self) -> Option<&str> {
        self.0.split_once(":user/")?.1.rsplit('/').next()
    }
}

impl LastUsed {
    pub(super) fn words(&self) -> String {
        let Self { service, region, date, .. } = self;
        if self.ago.is_none() { "never".to_string() } else { format!("at {date} for {service} in {region}") }
    }

    pub(super) fn consumer(&self) -> Consumer {
        Consumer { name: self.service.clone(), address: self.region.clone(), connections: 1 }
    }
}

/// A key's id.
pub(super) fn id(credential: &Credential) -> &str {
    credential.user.as_deref().unwrap_or_default()
}

impl Aws<'_> {
    pub(super) async fn identity(&self, credential: &Credential) -> Result<Principal, Trouble> {
        let (_, answer) = self.call("sts", "sts:GetCallerIdentity", &[], credential, true).await?;
        Ok(Principal(need(&answer, "Arn")?))
    }

    pub(super) async fn list(&self, admin: &Credential, user: &str) -> Result<Vec<Key>, Trouble> {
        let (at, answer) = self.call("iam", "iam:ListAccessKeys", &[("UserName", user)], admin, true).await?;
        let key = |member: Answer| {
            let created = member.get("CreateDate").unwrap_or_default().to_string();
            let status = if member.get("Status")? == "Active" { Status::Active } else { Status::Inactive };
            let age = moment(&created).map(|made| at.saturating_sub(made));
            Some(Key { id: member.get("AccessKeyId")?.to_string(), status, created, age })
        };
        Ok(answer.members().into_iter().filter_map(key).collect())
    }

    /// Not asked again: an answer may be lost when the key was made.
    pub(super) async fn create(&self, admin: &Credential, user: &str) -> Result<Credential, Trouble> {
        let (_, answer) = self.call("iam", "iam:CreateAccessKey", &[("UserName", user)], admin, false).await?;
        let secret = Secret::new(need(&answer, "SecretAccessKey")?);
        Ok(Credential::login(need(&answer, "AccessKeyId")?, secret))
    }

    pub(super) async fn update(&self, admin: &Credential, user: &str, id: &str, status: Status) -> Result<(), Trouble> {
        let word = if status == Status::Active { "Active" } else { "Inactive" };
        let fields = [("UserName", user), ("AccessKeyId", id), ("Status", word)];
        match self.call("iam", "iam:UpdateAccessKey", &fields, admin, true).await {
            Err(Trouble::Missing(_)) if status == Status::Inactive => Ok(()),
            Err(Trouble::Missing(_)) => Err(Trouble::Other(format!("access key {id} was deleted"))),
            other => other.map(drop),
        }
    }

    pub(super) async fn delete(&self, admin: &Credential, user: &str, id: &str) -> Result<(), Trouble> {
        let fields = [("UserName", user), ("AccessKeyId", id)];
        match self.call("iam", "iam:DeleteAccessKey", &fields, admin, true).await {
            Err(Trouble::Missing(_)) => Ok(()),
            other => other.map(drop),
        }
    }

    pub(super) async fn last_used(&self, admin: &Credential, id: &str) -> Result<LastUsed, Trouble> {
        let (at, answer) = self.call("iam", "iam:GetAccessKeyLastUsed", &[("AccessKeyId", id)], admin, true).await?;
        let text = |name: &str| answer.get(name).unwrap_or_default().to_string();
        let date = text("LastUsedDate");
        let ago = moment(&date).map(|used| at.saturating_sub(used));
        Ok(LastUsed {
            user: need(&answer, "UserName")?,
            ago,
            service: text("ServiceName"),
            date,
            region: text("Region"),
        })
    }

    async fn call(
        &self,
        service: &str,
        action: &str,
        fields: &[(&str, &str)],
        credential: &Credential,
        again: bool,
    ) -> Result<(Duration, Answer), Trouble> {
        let name = action.rsplit(':').next().unwrap_or_default();
        let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", name)
            .append_pair("Version", version)
            .extend_pairs(fields)
            .finish();
        let request = Request { service, action, method: Method::POST, url: self.url(service)?, body: &body };
        let sent = if again { self.ask(&request, credential).await } else { self.once(&request, credential).await };
        let Response { body, at } = sent?;
        Ok((at, Answer::read(&body)))
    }
}

fn need(answer: &Answer, name: &str) -> Result<String, Trouble> {
    let text = answer.get(name).filter(|text| !text.is_empty()).map(str::to_string);
    text.ok_or_else(|| Trouble::Other(format!("AWS's answer holds no `{name}`")))
}

#[cfg(test)]
mod tests {
    use super::Principal;

    #[test]
    fn users_are_told_from_roots_and_roles() {
        for (arn, expect) in [
            ("arn:aws:iam::123456789012:user/rapidpro", Some("rapidpro")),
            ("arn:aws-cn:iam::123456789012:user/apps/prod/rapidpro", Some("rapidpro")),
            ("arn:aws:iam::123456789012:root", None),
            ("arn:aws:sts::123456789012:assumed-role/app/i-0", None),
        ] {
            assert_eq!(Principal(arn.to_string()).user(), expect, "{arn}");
        }
    }
}
