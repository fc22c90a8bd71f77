//! The only room that knows candle and tokenizers: encoders, batching, heads, loaded models.
