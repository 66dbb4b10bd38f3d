//! Faults on demand: what a server, a proxy or a network does on a bad day.

use std::str::FromStr;
use std::time::Duration;

/// A fault, for some requests or for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What happens.
    pub what: What,
    /// How many requests it happens to; all when none.
    pub times: Option<u32>,
    /// Only to requests whose `METHOD PATH` holds this text.
    pub request: String,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An error status, with a `Retry-After` in seconds if any.
    Status(u16, Option<u64>),
    /// The connection is reset in the middle of the body.
    Reset,
    /// JSON that ends in the middle.
    Truncate,
    /// JSON of another kind.
    WrongJson,
    /// Another item than the one asked for.
    WrongId,
    /// A page, with status 200.
    Html,
    /// Nothing for so long.
    Silence(Duration),
    /// A redirect to another server.
    Redirect(String),
    /// So many MiB of blanks.
    Huge(usize),
}

/// A fault that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no fault; write a status such as `500` or `429:1`, `reset`, `truncate`, `wrong-json`, `wrong-id`, `html`, \
     `silence:SECONDS`, `redirect:URL` or `huge:MIB`, then `*TIMES` and `@PATH`, `@METHOD` or both if it shall not happen always"
)]
pub struct FaultError(String);

impl FromStr for Fault {
    type Err = FaultError;

    /// Reads `WHAT[:DETAIL][*TIMES][@REQUEST]`: `500*2`, `429:1*1@/items/`, `500@POST`, `reset@PATCH /v1`.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        let wrong = || FaultError(text.to_string());
        let (rest, request) = text.split_once('@').unwrap_or((text, ""));
        let (what, times) = rest.split_once('*').map_or((rest, None), |(what, times)| (what, Some(times)));
        let times = times.map(str::parse).transpose().map_err(|_| wrong())?;
        let (word, detail) = what.split_once(':').map_or((what, None), |(word, detail)| (word, Some(detail)));
        let number = || detail.and_then(|detail| detail.parse().ok()).ok_or_else(wrong);
        let what = match (word, detail) {
            ("reset", None) => What::Reset,
            ("truncate", None) => What::Truncate,
            ("wrong-json", None) => What::WrongJson,
            ("wrong-id", None) => What::WrongId,
            ("html", None) => What::Html,
            ("silence", Some(_)) => What::Silence(Duration::from_secs(number()?)),
            ("redirect", Some(url)) => What::Redirect(url.to_string()),
            ("huge", Some(_)) => What::Huge(usize::try_from(number()?).map_err(|_| wrong())?),
            (status, wait) => {
                let status = status.parse().ok().filter(|status| (400..600).contains(status)).ok_or_else(wrong)?;
                What::Status(status, wait.map(|_| number()).transpose()?)
            }
        };
        Ok(Self { what, times, request: request.to_string() })
    }
}

/// The first fault that concerns a request, `GET /v1/vaults`, counted down.
pub(super) fn next(faults: &mut [Fault], request: &str) -> Option<What> {
    let fault = faults.iter_mut().find(|fault| request.contains(&fault.request) && fault.times != Some(0))?;
    fault.times = fault.times.map(|times| times - 1);
    Some(fault.what.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<(What, Option<u32>, &str)>) {
        let fault = expect.map(|(what, times, path)| Fault { what, times, request: path.to_string() });
        assert_eq!(text.parse::<Fault>().ok(), fault, "{text}");
    }

    #[test]
    fn faults_are_short_to_write() {
        check("500*2", Some((What::Status(500, None), Some(2), "")));
        check("429:1*1@/items/", Some((What::Status(429, Some(1)), Some(1), "/items/")));
        check("500@POST /v1", Some((What::Status(500, None), None, "POST /v1")));
        check("reset", Some((What::Reset, None, "")));
        check("silence:60", Some((What::Silence(Duration::from_secs(60)), None, "")));
        check("redirect:http://other:80/x", Some((What::Redirect("http://other:80/x".into()), None, "")));
        check("huge:100", Some((What::Huge(100), None, "")));
        for wrong in ["", "200", "600", "reset:1", "silence", "500*x", "500:x", "huge:-1", "nothing"] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_fault_is_over_after_its_times() {
        let mut faults = vec!["500*1@/items".parse().expect("a fault"), "reset".parse().expect("a fault")];
        let kinds = ["/v1/items", "/v1/items", "/v1"].map(|path| next(&mut faults, path));
        assert_eq!(kinds, [Some(What::Status(500, None)), Some(What::Reset), Some(What::Reset)]);
    }
}
