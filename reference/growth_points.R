# Scores of 0 to 100: lme4's fit of crates/growth/tests/golden/data/points.csv, which was simulated
# (40 students, eight weeks, a fifth missing; truth 60, 1.5, sd 12 and 1, correlation -0.2, sigma 6).
# Rscript reference/growth_points.R; R 4.2.2, lme4 1.1-31. Its figures stand in tests/golden/gaussian.rs.
library(lme4)
scores <- read.csv("crates/growth/tests/golden/data/points.csv")
fit <- lmer(score ~ week + (week | student), scores)
print(coef(summary(fit)), digits = 8)
print(as.data.frame(VarCorr(fit)), digits = 8)
