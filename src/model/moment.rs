//! Moments as text and back: RFC 3339, in UTC, by the proleptic Gregorian calendar.

/// Seconds since 1970 as `2027-01-01T00:00:00Z`.
pub fn rfc3339(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Seconds since 1970 of `2027-01-01T00:00:00Z`; fractions are cut off, other zones are not read.
pub fn seconds(text: &str) -> Option<u64> {
    let (date, time) = text.split_once('T')?;
    let time = time.strip_suffix('Z')?;
    let mut parts = time.split('.').next()?.split(':').map(str::parse::<u64>);
    let (hours, minutes, rest) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let valid = hours < 24 && minutes < 60 && rest <= 60 && parts.next().is_none();
    let days = u64::try_from(days(date)?).ok()?;
    valid.then(|| days * 86_400 + hours * 3_600 + minutes * 60 + rest)
}

/// Days since 1970 of `2027-01-01`, or of a longer text that begins so.
pub fn days(text: &str) -> Option<i64> {
    let mut parts = text.get(..10)?.split('-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    // Years begin in March here, so that the leap day is a year's last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Year, month and day of so many days since 1970, as in Hinnant's `civil_from_days`.
pub fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, month, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_know_leap_years_and_are_read_back() {
        for (moment, expect) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(moment), expect);
            assert_eq!(seconds(expect), Some(moment), "{expect}");
        }
        assert_eq!(seconds("2027-01-01T00:00:00.25Z"), seconds("2027-01-01T00:00:00Z"));
        for text in ["", "2027-01-01", "2027-01-01T00:00:00", "2027-01-01T25:00:00Z", "1969-12-31T00:00:00Z"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_days_since_1970() {
        let check = |text: &str, expect: Option<i64>| assert_eq!(days(text), expect, "{text}");
        check("1970-01-01T00:00:00Z", Some(0));
        check("2000-03-01", Some(11_017));
        check("2024-02-29T12:00:00Z", Some(19_782));
        check("soon", None);
    }
}
