//! The log, on standard error: for people on a terminal, JSON lines otherwise.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use super::LogFormat;

/// Starts the log. `filter` was checked when the configuration was read.
pub fn start(format: LogFormat, filter: &str) {
    let is_json = match format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Human => false,
        LogFormat::Json => true,
    };
    // What can't be logged, because whoever read the log has gone, is nobody's failure: to tell of it there would end the task that tried.
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_writer(std::io::stderr).log_internal_errors(false);
    if is_json {
        let json = subscriber.json().flatten_event(true).with_current_span(true).with_span_list(false);
        json.with_target(false).init();
    } else {
        subscriber.with_timer(LocalTime).with_target(false).with_ansi(std::io::stderr().is_terminal()).init();
    }
}

/// Clock times of this machine.
struct LocalTime;

impl tracing_subscriber::fmt::time::FormatTime for LocalTime {
    fn format_time(&self, writer: &mut tracing_subscriber::fmt::format::Writer<'_>) -> std::fmt::Result {
        write!(writer, "{}", jiff::Zoned::now().strftime("%H:%M:%S%.3f"))
    }
}
