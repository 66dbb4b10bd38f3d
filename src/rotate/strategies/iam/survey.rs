//! Whether a second key can be had, by reading only.

use super::super::super::{Fault, Standing, Survey};
use super::AccessKeys;
use super::aws::Trouble;
use super::keys::{self, Key, Status};

/// Looks at both principals, the user's keys, and the bucket.
pub(super) async fn survey(strategy: &AccessKeys<'_>, standing: &Standing) -> Result<Survey, Fault> {
    let mut survey = Survey::default();
    let (aws, current) = (&strategy.aws, &standing.current);
    if let (Some(s3), None) = (&aws.place.s3, &aws.place.iam)
        && !is_amazon(s3)
    {
        survey.block(
            format!("the keys of {s3} are not AWS's to change"),
            "make a second key at that store, write it into the vault, render and restart, then delete the first one",
        );
        return Ok(survey);
    }
    let Some(user) = principals(&mut survey, strategy, standing).await? else { return Ok(survey) };
    match aws.list(&strategy.admin, &user).await {
        Ok(list) => keys(&mut survey, strategy, standing, &user, &list).await?,
        Err(trouble @ Trouble::Denied(..)) => {
            survey.block(trouble.to_string(), &format!("allow the admin's key {} on user `{user}`", keys::ACTIONS));
            return Ok(survey);
        }
        Err(trouble) => return Err(trouble.into()),
    }
    let used = aws.last_used(&strategy.admin, keys::id(current)).await?;
    if used.ago.is_some() {
        survey.consumers.push(used.consumer());
    }
    if !aws.has_bucket(current).await? {
        let bucket = &aws.place.bucket;
        survey
            .block(format!("there is no bucket {bucket}"), "correct `resources.s3.buckets`; a new key is tried there");
    }
    survey
        .warnings
        .push("AWS tells of a key's use some minutes late; a disabled key is deleted two hours later".into());
    survey.will.push(format!("create an access key of user `{user}`"));
    survey.will.push(format!("put, get and delete rpconf-probe/ID in bucket {}", aws.place.bucket));
    survey.will.push(format!("disable access key {}, and delete it when nobody missed it", keys::id(current)));
    Ok(survey)
}

/// The user that has the current key, when there is one and the admin is someone else.
async fn principals(
    survey: &mut Survey,
    strategy: &AccessKeys<'_>,
    standing: &Standing,
) -> Result<Option<String>, Fault> {
    let (aws, current, admin) = (&strategy.aws, &standing.current, &strategy.admin);
    let principal = match aws.identity(current).await {
        Err(trouble @ Trouble::Refused(_)) => {
            survey.block(trouble.to_string(), "write a key that works into the vault item");
            return Ok(None);
        }
        other => other?,
    };
    let Some(user) = principal.user() else {
        survey.block(
            format!("access key {} belongs to {}, which is no IAM user", keys::id(current), principal.0),
            "give RapidPro a user of its own with an access key, or the machine's role with `credentials: role`",
        );
        return Ok(None);
    };
    match aws.identity(admin).await {
        Err(trouble @ Trouble::Refused(_)) => {
            survey.block(trouble.to_string(), "write a key that works into the item of `resources.s3.admin`");
            return Ok(None);
        }
        Ok(other) if other.0 == principal.0 => {
            survey.block(
                format!("the admin's key and the current one belong to one user, `{user}`"),
                "name a key of another principal in `resources.s3.admin`: one that changes its own keys can lock itself \
                 out, and so could whoever stole it",
            );
            return Ok(None);
        }
        other => other.map(drop)?,
    }
    survey.facts.push(format!("access key {} belongs to {}", keys::id(current), principal.0));
    strategy.user.replace(Some(user.to_string()));
    Ok(Some(user.to_string()))
}

async fn keys(
    survey: &mut Survey,
    strategy: &AccessKeys<'_>,
    standing: &Standing,
    user: &str,
    list: &[Key],
) -> Result<(), Fault> {
    let staged = [Some(&standing.current), standing.next.as_ref(), standing.previous.as_ref()];
    let staged: Vec<&str> = staged.into_iter().flatten().map(keys::id).collect();
    for key in list {
        let used = strategy.aws.last_used(&strategy.admin, &key.id).await?;
        let status = if key.status == Status::Active { "active" } else { "inactive" };
        let Key { id, created, .. } = key;
        let words = format!("access key {id} is {status}, created {created}, last used {}", used.words());
        if staged.contains(&id.as_str()) {
            survey.facts.push(words);
        } else {
            survey.block(
                format!("{words}; no vault item is known to hold it, and a user has two at most"),
                &format!(
                    "find who uses it; `aws iam delete-access-key --user-name {user} --access-key-id {id}` makes room"
                ),
            );
        }
    }
    Ok(())
}

fn is_amazon(url: &str) -> bool {
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_string)).unwrap_or_default();
    host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}
