//! KPI definitions over a time-sorted response log
