# LSAT section 7 (Bock and Lieberman 1970): 1 000 students, 5 items, and what R 4.2.2 with mirt 1.45.1 finds by
# mirt(d, 1, "2PL", SE = TRUE, TOL = 1e-8, quadpts = 121). The optimum is that of an independent search.

lsat7 <- function() {
  counts <- c(12, 19, 1, 7, 3, 19, 3, 17, 10, 5, 3, 7, 7, 23, 8, 28, 7, 39, 11, 34, 14, 51, 15, 90, 6, 25, 7,
              35, 18, 136, 32, 308)
  # Patterns in the order of the numbers they are in binary.
  patterns <- vapply(4:0, function(bit) bitwAnd(0:31, 2^bit) > 0, logical(32)) + 0
  answers <- patterns[rep(1:32, counts), ]
  colnames(answers) <- paste0("item", 1:5)
  answers
}

mirt <- list(
  a = c(0.98754593, 1.08083715, 1.70747754, 0.76498989, 0.73567274),
  b = c(-1.87926009, -0.74754054, -1.05723565, -0.63530227, -2.52076434),
  a_se = c(0.17719483, 0.1687639, 0.32107691, 0.1341203, 0.15113395),
  b_se = c(0.26396737, 0.10925058, 0.1153588, 0.1301198, 0.44625382),
  eap = c(-1.869783, -1.527258, -1.513966, -1.185504, -1.09404, -0.76618, -0.752925, -0.411279, -1.37196,
          -1.045801, -1.032822, -0.703437, -0.608613, -0.257391, -0.24283, 0.14115, -1.4137, -1.087078,
          -1.07411, -0.7458, -0.651554, -0.3034, -0.288994, 0.090272, -0.934065, -0.601339, -0.587767,
          -0.234991, -0.130589, 0.265418, 0.282104, 0.727185))

test_that("a 2PL calibration of LSAT 7 is that of mirt", {
  skip_without_program()
  answers <- lsat7()
  fit <- st_irt(answers, model = "2pl", covariance = TRUE)
  expect_equal(unname(coef(fit)), cbind(mirt$a, mirt$b), tolerance = 1e-4)
  expect_equal(c(AIC(fit), BIC(fit)), c(5337.61022733, 5386.68778012), tolerance = 1e-8)
  errors <- matrix(sqrt(diag(vcov(fit))), 2)
  # mirt's own errors are by Oakes' identity with numerical derivatives.
  expect_equal(t(errors), cbind(mirt$a_se, mirt$b_se), tolerance = 1e-3)
  # Rows of a matrix without names are numbered; one student of each pattern.
  found <- predict(fit)
  found <- found$theta[match(which(!duplicated(answers)), found$user_id)]
  expect_equal(found, mirt$eap, tolerance = 1e-4)
})
