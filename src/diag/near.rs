//! Names that were probably meant.

/// The candidates nearest to `name`, if any is near enough to be a slip of the pen: at most a third of its letters off.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let close = |word: &'a str| {
        let distance = strsim::damerau_levenshtein(&name.to_lowercase(), &word.to_lowercase());
        (distance <= word.chars().count().max(3) / 3).then_some((distance, word))
    };
    let mut near: Vec<(usize, &str)> = candidates.into_iter().filter_map(close).collect();
    near.sort_unstable();
    let best = near.first().map(|(distance, _)| *distance);
    near.into_iter().filter(|(distance, _)| Some(*distance) == best).map(|(_, word)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let words = ["host", "port", "password", "database"];
        for (name, expect) in [
            ("hots", &["host"][..]),
            ("Host", &["host"]),
            ("passwrod", &["password"]),
            ("pot", &["port"]),
            ("cost", &["host"]),
            ("user", &[]),
            ("", &[]),
        ] {
            assert_eq!(nearest(name, words), expect, "{name}");
        }
    }
}
