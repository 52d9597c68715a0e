if (requireNamespace("testthat", quietly = TRUE)) {
  library(testthat)
  library(seedtestr)
  test_check("seedtestr")
} else {
  message("the tests need the package testthat")
}
