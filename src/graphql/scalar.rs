//! Scalars of our own.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use time::Date;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const DATE: &[BorrowedFormatItem<'static>] = format_description!("[year]-[month]-[day]");

/// A moment in milliseconds UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub i64);

impl DateTime {
    fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or_default()
    }

    /// Adds it to a text as it stands in answers, which needs nothing escaped.
    pub fn print(self, text: &mut Vec<u8>) {
        // Memory takes whatever is written.
        let _ = DateTimePrinter::new().print_timestamp(&self.timestamp(), text);
    }
}

/// A moment in RFC 3339, such as `2011-07-06T01:00:00Z`. Answers are in UTC.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let moment: Timestamp =
            text.parse().map_err(|_| InputValueError::custom("give a moment in RFC 3339 such as 2011-07-06T09:00:00+08:00"))?;
        let year = moment.to_zoned(jiff::tz::TimeZone::UTC).year();
        if !(1..=9_999).contains(&year) {
            return Err(InputValueError::custom("give a year from 0001 to 9999"));
        }
        Ok(Self(moment.as_millisecond()))
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_))
    }

    fn to_value(&self) -> Value {
        Value::String(self.timestamp().to_string())
    }
}

/// A calendar date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarDate(pub Date);

/// A calendar date in ISO 8601, such as `2011-07-06`.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for CalendarDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let date = Date::parse(text, DATE).ok().filter(|date| (1..=9_999).contains(&date.year()));
        date.map(Self).ok_or_else(|| InputValueError::custom("give a date such as 2011-07-06"))
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format(DATE).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::{CalendarDate, DateTime};
    use async_graphql::{ScalarType, Value};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_read_is_written_back_and_nothing_panics(text in "[0-9TZ:+.\\- ]{0,32}|\\PC{0,20}|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?") {
            let value = Value::String(text);
            if let Ok(moment) = DateTime::parse(value.clone()) {
                prop_assert_eq!(DateTime::parse(moment.to_value()).ok(), Some(moment));
            }
            if let Ok(date) = CalendarDate::parse(value) {
                prop_assert_eq!(CalendarDate::parse(date.to_value()).ok(), Some(date));
            }
        }
    }
}
