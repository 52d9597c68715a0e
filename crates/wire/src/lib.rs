//! JSON types of the HTTP contract
