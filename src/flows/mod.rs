//! One verb a file: what happens when somebody does something.
