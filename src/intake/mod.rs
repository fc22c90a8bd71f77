//! Bytes in, an ad out, or a refusal that points at every bad field.
