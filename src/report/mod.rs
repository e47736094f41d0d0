//! Result and verdicts to a view model, and that to bytes: human tables, JSON, Markdown. It reads no file and decides nothing.
