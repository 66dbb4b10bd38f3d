//! Finding things by id or name, without case, and the names nearest to one that is not there.

/// A name as it is compared.
pub(crate) fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// Whether two names are compared as one.
pub fn same(a: &str, b: &str) -> bool {
    fold(a) == fold(b)
}

/// Those that `wanted` names: by id when one has such an id, else by name. Several are for the caller to refuse.
pub(crate) fn find<'a, T>(
    all: impl Iterator<Item = &'a T> + Clone,
    wanted: &str,
    id: impl Fn(&T) -> &str,
    name: impl Fn(&T) -> &str,
) -> Vec<&'a T> {
    let wanted = fold(wanted);
    let by_id: Vec<&T> = all.clone().filter(|t| fold(id(t)) == wanted).collect();
    if by_id.is_empty() { all.filter(|t| fold(name(t)) == wanted).collect() } else { by_id }
}

/// Every distinct name, the most similar first; equally similar ones in alphabetical order.
pub(crate) fn by_similarity<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = fold(wanted);
    let likeness = |name: &str| (strsim::normalized_damerau_levenshtein(&wanted, &fold(name)) * 1000.0) as u32;
    let mut ranked: Vec<(std::cmp::Reverse<u32>, &str)> =
        names.filter(|n| !n.is_empty()).map(|n| (std::cmp::Reverse(likeness(n)), n)).collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.into_iter().map(|(_, name)| name.to_string()).collect()
}

/// Up to three names that `wanted` may have meant.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let folded = fold(wanted);
    let alike = |name: &&str| strsim::normalized_damerau_levenshtein(&folded, &fold(name)) >= 0.5;
    let mut near = by_similarity(wanted, names.filter(alike));
    near.truncate(3);
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_win_over_names_and_case_does_not_matter() {
        let all = [("id1", "SMTP"), ("id2", "id1"), ("id3", "smtp")];
        let found = |wanted: &str| find(all.iter(), wanted, |t| t.0, |t| t.1).iter().map(|t| t.0).collect::<Vec<_>>();
        assert_eq!(found("ID1"), ["id1"], "an id, though another thing has it as its name");
        assert_eq!(found("Smtp"), ["id1", "id3"]);
        assert_eq!(found("nothing"), Vec::<&str>::new());
    }

    #[test]
    fn the_nearest_name_comes_first() {
        let labels = ["username", "host", "PASSWORD", "", "host"];
        assert_eq!(by_similarity("passwrod", labels.into_iter()), ["PASSWORD", "host", "username"]);
        assert_eq!(nearest("passwrod", labels.into_iter()), ["PASSWORD"]);
    }
}
