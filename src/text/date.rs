//! Dates and times as Indonesian readers write them. Times are milliseconds UTC; zones are IANA names.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

const MONTHS: [&str; 12] =
    ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"];
const WEEKDAYS: [&str; 7] = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"];

/// How much of a date to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateStyle {
    /// "Rabu, 6 Juli 2011"
    Full,
    /// "6 Juli 2011"
    Long,
    /// "6 Jul 2011"
    Short,
}

/// The zone of an IANA name; `None` for a name that is none.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// The local time of a moment.
pub fn local(millis: i64, zone: &TimeZone) -> Zoned {
    Timestamp::from_millisecond(millis).unwrap_or_default().to_zoned(zone.clone())
}

/// Writes a date in Indonesian.
pub fn format_date(date: Date, style: DateStyle) -> String {
    let month = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
    match style {
        DateStyle::Full => {
            let weekday = WEEKDAYS[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())];
            format!("{weekday}, {} {month} {}", date.day(), date.year())
        }
        DateStyle::Long => format!("{} {month} {}", date.day(), date.year()),
        DateStyle::Short => format!("{} {} {}", date.day(), &month[..3], date.year()),
    }
}

/// What Indonesians call a zone: WIB, WITA and WIT within the country, the offset elsewhere.
pub fn zone_label(moment: &Zoned) -> String {
    match moment.time_zone().iana_name() {
        Some("Asia/Jakarta" | "Asia/Pontianak") => "WIB".to_owned(),
        Some("Asia/Makassar" | "Asia/Ujung_Pandang") => "WITA".to_owned(),
        Some("Asia/Jayapura") => "WIT".to_owned(),
        _ => format!("UTC{}", moment.offset()),
    }
}

/// "Rabu, 6 Juli 2011, 09.00–12.30 WITA"; over several days "6 Juli 2011, 09.00 – 7 Juli 2011, 12.00 WITA";
/// all-day events have no clock times.
pub fn format_span(starts_at: i64, ends_at: Option<i64>, all_day: bool, zone: &TimeZone) -> String {
    let start = local(starts_at, zone);
    let end = ends_at.map(|end| local(end, zone)).filter(|end| *end > start);
    let clock = |moment: &Zoned| format!("{:02}.{:02}", moment.hour(), moment.minute());
    match (all_day, end) {
        (true, Some(end)) if end.date() != start.date() => {
            format!("{} – {}", format_date(start.date(), DateStyle::Long), format_date(end.date(), DateStyle::Long))
        }
        (true, _) => format_date(start.date(), DateStyle::Full),
        (false, None) => format!("{}, {} {}", format_date(start.date(), DateStyle::Full), clock(&start), zone_label(&start)),
        (false, Some(end)) if end.date() == start.date() => {
            format!("{}, {}–{} {}", format_date(start.date(), DateStyle::Full), clock(&start), clock(&end), zone_label(&start))
        }
        (false, Some(end)) => format!(
            "{}, {} – {}, {} {}",
            format_date(start.date(), DateStyle::Long),
            clock(&start),
            format_date(end.date(), DateStyle::Long),
            clock(&end),
            zone_label(&start)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{DateStyle, format_date, format_span, zone};
    use jiff::civil::date;
    use proptest::prelude::*;

    fn at(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn dates_are_written_in_indonesian() {
        assert_eq!(format_date(date(2011, 7, 6), DateStyle::Full), "Rabu, 6 Juli 2011");
        assert_eq!(format_date(date(2012, 8, 17), DateStyle::Short), "17 Agu 2012");
    }

    #[test]
    fn spans_name_the_local_zone() {
        let makassar = zone("Asia/Makassar").unwrap();
        let span = format_span(at("2011-07-06T01:00:00Z"), Some(at("2011-07-06T04:30:00Z")), false, &makassar);
        assert_eq!(span, "Rabu, 6 Juli 2011, 09.00–12.30 WITA");
        let jayapura = zone("Asia/Jayapura").unwrap();
        let days = format_span(at("2012-01-30T23:00:00Z"), Some(at("2012-02-01T03:00:00Z")), false, &jayapura);
        assert_eq!(days, "31 Januari 2012, 08.00 – 1 Februari 2012, 12.00 WIT");
        assert_eq!(format_span(at("2011-07-05T17:00:00Z"), None, true, &zone("Asia/Jakarta").unwrap()), "Rabu, 6 Juli 2011");
    }

    proptest! {
        #[test]
        fn any_moment_can_be_written(starts_at in any::<i64>(), ends_at in any::<Option<i64>>(), all_day in any::<bool>()) {
            for name in ["Asia/Makassar", "America/Santiago"] {
                prop_assert!(!format_span(starts_at, ends_at, all_day, &zone(name).unwrap()).is_empty());
            }
        }

        #[test]
        fn any_name_is_a_zone_or_none(name in "[A-Za-z_/+0-9.\\-]{0,40}") {
            let _ = zone(&name);
        }
    }
}
