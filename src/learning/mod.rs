//! Labels to heads: snapshot, split, fit, calibrate, evaluate, card.
