//! A day of the calendar, which allowances end on.

use std::fmt;

use crate::model::moment::civil;

/// A day, in the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: i64,
    month: u32,
    day: u32,
}

impl Day {
    /// Reads `2027-01-31`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str, len: usize| {
            (part.len() == len && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok()).flatten()
        };
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let (year, month, day): (u32, u32, u32) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
        let last = match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        let fits = parts.next().is_none() && (1..=last).contains(&day);
        fits.then_some(Self { year: i64::from(year), month, day })
    }

    /// The day that a number of seconds after 1 January 1970 falls on, in UTC.
    pub fn from_unix(seconds: u64) -> Self {
        let (year, month, day) = civil(seconds / 86_400);
        Self { year: year as i64, month: month as u32, day: day as u32 }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn days_are_read_and_counted() {
        for (text, day) in [
            ("2027-01-31", true),
            ("2024-02-29", true),
            ("2026-02-29", false),
            ("2026-04-31", false),
            ("2026-13-01", false),
            ("26-01-01", false),
            ("2026-1-1", false),
            ("2026-01-01-", false),
            ("+026-01-01", false),
        ] {
            let read = Day::parse(text).map(|day| day.to_string());
            assert_eq!(read.as_deref(), day.then_some(text), "{text}");
        }
        for (seconds, day) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_798_675_200, "2026-12-31"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(Day::from_unix(seconds).to_string(), day, "{seconds}");
        }
    }
}
