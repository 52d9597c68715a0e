# Values of lme4 and survival, which know nothing of this program.

test_that("a linear mixed model is that of lme4", {
  skip_without_program()
  skip_if_not_installed("lme4")
  data <- lme4::sleepstudy
  for (reml in c(TRUE, FALSE)) {
    ours <- st_lmm(Reaction ~ Days + (Days | Subject), data, REML = reml)
    theirs <- lme4::lmer(Reaction ~ Days + (Days | Subject), data, REML = reml)
    expect_equal(coef(ours), lme4::fixef(theirs), tolerance = 1e-4)
    expect_equal(vcov(ours), as.matrix(vcov(theirs)), tolerance = 1e-4, ignore_attr = TRUE)
    expect_equal(as.numeric(logLik(ours)), as.numeric(logLik(theirs)), tolerance = 1e-7)
    expect_equal(c(AIC(ours), BIC(ours)), c(AIC(theirs), BIC(theirs)), tolerance = 1e-7)
    expect_equal(predict(ours), unname(predict(theirs)), tolerance = 1e-5)
    expect_equal(predict(ours, data[1:5, ], re.form = NA), unname(predict(theirs, data[1:5, ], re.form = NA)),
                 tolerance = 1e-6)
    modes <- st_ranef(ours)
    modes <- modes[modes$term == "Days", ]
    reference <- lme4::ranef(theirs)$Subject
    expect_equal(modes$mode, reference[modes$level, "Days"], tolerance = 1e-3)
  }
})

test_that("a generalised linear mixed model is that of lme4 at its tight solution", {
  skip_without_program()
  skip_if_not_installed("lme4")
  formula <- cbind(incidence, size - incidence) ~ period + (1 | herd)
  ours <- st_glmm(formula, lme4::cbpp, binomial)
  tight <- lme4::glmerControl(tolPwrss = 1e-13, optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10))
  theirs <- lme4::glmer(formula, lme4::cbpp, binomial, control = tight)
  expect_equal(coef(ours), lme4::fixef(theirs), tolerance = 1e-4)
  expect_equal(vcov(ours), as.matrix(vcov(theirs)), tolerance = 1e-4, ignore_attr = TRUE)
  expect_equal(as.numeric(logLik(ours)), as.numeric(logLik(theirs)), tolerance = 1e-7)
  expect_equal(predict(ours, type = "link"), unname(predict(theirs)), tolerance = 1e-4)
  expect_equal(predict(ours, type = "response"), unname(predict(theirs, type = "response")), tolerance = 1e-4)
})

test_that("Cox regression is that of survival", {
  skip_without_program()
  skip_if_not_installed("survival")
  Surv <- survival::Surv
  data <- survival::lung
  ours <- st_survival(Surv(time, status == 2) ~ age + sex + ph.ecog, data, quality = FALSE)
  theirs <- survival::coxph(Surv(time, status == 2) ~ age + sex + ph.ecog, data)
  expect_equal(coef(ours), coef(theirs), tolerance = 1e-4)
  expect_equal(vcov(ours), vcov(theirs), tolerance = 1e-4)
  expect_equal(c(AIC(ours), BIC(ours)), c(AIC(theirs), BIC(theirs)), tolerance = 1e-7)
  expect_equal(confint(ours), confint(theirs), tolerance = 1e-6, ignore_attr = TRUE)
  newdata <- data[c(1, 2, 5), ]
  curves <- summary(survival::survfit(theirs, newdata), times = c(100, 300))$surv
  predicted <- predict(ours, newdata, times = c(100, 300))
  expect_equal(rbind(predicted$S_100, predicted$S_300), unname(curves), tolerance = 1e-4)
})

test_that("robust errors over ids and strata are those of survival", {
  skip_without_program()
  skip_if_not_installed("survival")
  Surv <- survival::Surv
  strata <- survival::strata
  cluster <- survival::cluster
  data <- survival::lung
  data$who <- rep(sprintf("%03d", 1:114), 2)
  ours <- st_survival(Surv(time, status == 2) ~ age + strata(sex), data, id = "who", quality = FALSE)
  theirs <- survival::coxph(Surv(time, status == 2) ~ age + strata(sex) + cluster(who), data)
  expect_equal(coef(ours), coef(theirs), tolerance = 1e-4)
  expect_equal(vcov(ours), vcov(theirs), tolerance = 1e-4)
  expect_equal(predict(ours, data[c(1, 115), ])$user_id, c("001", "001"))
})

test_that("a log-normal model is that of survreg, and a Weibull one says its scale", {
  skip_without_program()
  skip_if_not_installed("survival")
  Surv <- survival::Surv
  data <- survival::lung
  data$died <- data$status == 2
  ours <- st_survival(data = data, time = "time", event = "died", covariates = c("age", "sex"),
                      family = "lognormal", quality = FALSE)
  theirs <- survival::survreg(Surv(time, died) ~ age + sex, data, dist = "lognormal")
  expect_equal(coef(ours), coef(theirs)[-1], tolerance = 1e-4)
  expect_equal(vcov(ours), vcov(theirs), tolerance = 1e-4, ignore_attr = TRUE)
  expect_equal(logLik(ours), logLik(theirs), tolerance = 1e-7, ignore_attr = TRUE)
  hazards <- st_survival(data = data, time = "time", event = "died", covariates = "age", family = "weibull",
                         quality = FALSE)
  expect_error(vcov(hazards), "log hazards", class = "seedtest_no_such")
})
