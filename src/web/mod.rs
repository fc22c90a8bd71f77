//! HTTP: the API, the console, and the table that turns errors into answers.
