//! Rounds, leases, judgements and how they resolve: state machines without I/O.
