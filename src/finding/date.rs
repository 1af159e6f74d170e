//! A calendar day, for expiry. The caller says which day it is: nothing here asks a clock.

use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar, years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(u32);

/// Days from 1970-01-01 to 9999-12-31.
const LAST: u32 = 2_932_896;

impl Date {
    /// The day `days` after 1970-01-01.
    pub fn from_days(days: u32) -> Date {
        Date(days.min(LAST))
    }

    /// The day of a time in seconds since 1970, UTC.
    pub fn from_unix(seconds: u64) -> Date {
        Date::from_days(u32::try_from(seconds / 86_400).unwrap_or(LAST))
    }

    /// Days from 1970-01-01.
    pub fn days(self) -> u32 {
        self.0
    }

    /// So many days later.
    #[must_use]
    pub fn plus(self, days: u32) -> Date {
        Date::from_days(self.0.saturating_add(days))
    }

    /// Days from `earlier` to this day; 0 when it is later.
    pub fn since(self, earlier: Date) -> u32 {
        self.0.saturating_sub(earlier.0)
    }
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn month_days(year: u32, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Date, String> {
        let wrong =
            || format!("'{}' is no date; write 2026-11-24", text.chars().take(40).collect::<String>());
        let parts: Vec<&str> = text.trim().split('-').collect();
        let [year, month, day] = parts[..] else { return Err(wrong()) };
        let fits = (year.len(), month.len(), day.len()) == (4, 2, 2)
            && text.trim().bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let number = |part: &str| part.parse::<u32>().unwrap_or(0);
        let (year, month, day) = (number(year), number(month), number(day));
        if !fits || year < 1970 || !(1..=12).contains(&month) || day < 1 || day > month_days(year, month) {
            return Err(wrong());
        }
        let years: u32 = (1970..year).map(|year| 365 + u32::from(is_leap(year))).sum();
        let months: u32 = (1..month).map(|month| month_days(year, month)).sum();
        Ok(Date(years + months + day - 1))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut year, mut month, mut rest) = (1970, 1, self.0);
        while rest >= 365 + u32::from(is_leap(year)) {
            rest -= 365 + u32::from(is_leap(year));
            year += 1;
        }
        while rest >= month_days(year, month) {
            rest -= month_days(year, month);
            month += 1;
        }
        write!(f, "{year:04}-{month:02}-{:02}", rest + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn days_go_there_and_back() {
        for days in (0..super::LAST).step_by(97) {
            let date = Date::from_days(days);
            assert_eq!(date.to_string().parse(), Ok(date));
        }
        assert_eq!(Date::from_days(super::LAST).to_string(), "9999-12-31");
        assert_eq!(Date::from_unix(1_795_478_400).to_string(), "2026-11-24");
        let day: Date = "2026-11-24".parse().unwrap();
        assert_eq!(day.plus(90).to_string(), "2027-02-22");
        assert_eq!("2028-02-29".parse::<Date>().unwrap().plus(1).to_string(), "2028-03-01");
        assert_eq!(day.plus(u32::MAX).to_string(), "9999-12-31");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2026-2-3",
            "2026-13-01",
            "2026-02-30",
            "2027-02-29",
            "1969-12-31",
            "2026/01/01",
            "+026-01-01",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}
