//! Reads a token's expiry date from an argument or a prompt.

use time::{Date, Duration, Month, OffsetDateTime};

/// Reads `2027-03-01`, or a time from today: `90d`, `12w`, `1y` (365 days, Bitbucket's default
/// maximum).
///
/// # Errors
/// If it is not a date or period, or in the past.
pub fn parse(text: &str) -> Result<Date, String> {
    let expected = || "expected a date such as 2027-03-01, or a time from today: 90d, 12w, 1y";
    let today = OffsetDateTime::now_utc().date();
    let text = text.trim();
    let date = calendar(text)
        .or_else(|| from(today, text))
        .ok_or_else(expected)?;
    if date < today {
        return Err("the date is in the past".to_owned());
    }
    Ok(date)
}

fn calendar(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

fn from(today: Date, text: &str) -> Option<Date> {
    let unit = text.chars().next_back()?;
    let days = match unit.to_ascii_lowercase() {
        'd' => 1,
        'w' => 7,
        'y' => 365,
        _ => return None,
    };
    let number: u16 = text[..text.len() - 1].trim_end().parse().ok()?;
    today.checked_add(Duration::days(days * i64::from(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_periods_from_today_are_read() {
        let today = OffsetDateTime::now_utc().date();
        for (text, days) in [
            ("0d", 0),
            ("90d", 90),
            ("12w", 84),
            ("1y", 365),
            (" 2 Y ", 730),
        ] {
            assert_eq!(parse(text), Ok(today + Duration::days(days)), "{text}");
        }
        let day = Date::from_calendar_date(2999, Month::March, 1).expect("a day");
        assert_eq!(parse("2999-03-01\n"), Ok(day));
        assert_eq!(parse(&today.to_string()), Ok(today));
        let wrong = "|d|90|90 days|-1d|2999-3-1|2999-02-30|01.03.2999|2999-03-01T00:00|tomorrow|1m|99999d|é";
        for wrong in wrong.split('|') {
            assert!(
                parse(wrong).is_err_and(|why| why.starts_with("expected")),
                "{wrong}"
            );
        }
        assert_eq!(
            parse("2020-01-01"),
            Err("the date is in the past".to_owned())
        );
    }
}
