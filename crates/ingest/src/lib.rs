//! Response logs and exam results from CSV, TSV, JSON Lines and Parquet files
