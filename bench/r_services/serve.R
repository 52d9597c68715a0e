# Rscript serve.R FILE PORT: serves the routes of one file, one request at a time as plumber does.

arguments <- commandArgs(trailingOnly = TRUE)
router <- plumber::pr(arguments[1])
plumber::pr_run(router, host = "127.0.0.1", port = as.integer(arguments[2]),
                docs = FALSE, quiet = TRUE)
