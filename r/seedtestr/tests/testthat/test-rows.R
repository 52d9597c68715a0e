rows <- function(data) seedtestr:::json_rows(data)

test_that("text stays text and nothing known is null", {
  data <- data.frame(id = c("007", NA), x = c(1, NA), ok = c(TRUE, NA), f = factor(c("b", NA)),
                     day = as.Date(c("2026-03-02", NA)))
  expect_equal(rows(data), c("{\"id\":\"007\",\"x\":1,\"ok\":1,\"f\":\"b\",\"day\":\"2026-03-02\"}",
                             "{\"id\":null,\"x\":null,\"ok\":null,\"f\":null,\"day\":null}"))
})

test_that("numbers come back to the last bit", {
  x <- c(0.1, 1 / 3, 1e-300, 123456789.123456789, -2^53, .Machine$double.xmin)
  text <- sub("^\\{\"x\":(.*)\\}$", "\\1", rows(data.frame(x = x)))
  expect_identical(as.numeric(text), x)
})

test_that("quotes, backslashes, line ends and Korean letters are JSON", {
  text <- c("a \"b\" \\ c", "line\nend\ttab", "\ud559\uc0dd")
  parsed <- vapply(rows(data.frame(x = text)), function(row) jsonlite::fromJSON(row)$x, "", USE.NAMES = FALSE)
  expect_identical(parsed, text)
})

test_that("what is no number is refused with its row and column", {
  expect_error(rows(data.frame(x = c(1, Inf))), "row 2: x is infinite", class = "seedtest_data")
  expect_error(rows(data.frame(x = I(list(1, 2)))), "column x is a ", class = "seedtest_data")
  expect_error(rows(data.frame(x = numeric())), "no rows", class = "seedtest_data")
})

test_that("an order of levels that would be lost is told", {
  data <- data.frame(y = 1, f = factor("low", levels = c("low", "high")), s = "a")
  expect_warning(seedtestr:::warn_of_order(data, "f"), "the reference is \"high\", not \"low\"",
                 class = "seedtest_levels")
  expect_silent(seedtestr:::warn_of_order(data, "s"))
})

test_that("fixed and grouping names of a formula are told apart", {
  formula <- y ~ a * b + (1 + week | school / student) + (1 || item)
  expect_equal(seedtestr:::fixed_names(formula), c("a", "b"))
  expect_equal(seedtestr:::random_names(formula), c("school", "student", "item"))
})

test_that("a matrix of answers has one row for each that was given", {
  answers <- matrix(c(1, NA, 0, 1), 2, dimnames = list(c("01", "02"), c("p", "q")))
  expect_equal(seedtestr:::answers_of_matrix(answers, "correct")[, 1:3],
               data.frame(student_id = c("01", "01", "02"), item_id = c("p", "q", "q"), correct = c(1, 0, 1)),
               ignore_attr = TRUE)
})
