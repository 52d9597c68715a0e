//! What Kubernetes runs: a CronJob for every scheduled job, or for every round, and a Job to start one by hand.
//!
//! Names and schedules come from the registry; here stands what only a cluster asks for.

use seedtest_pipeline::{JOBS, JobEntry, Round, Settings, lacking};

use super::Page;

/// Where the manifests are, from the root of the repository.
const FOLDER: &str = "deploy/k8s";

const HEADER: &str = "# Written from the registry of jobs by `cargo xtask gen`; do not edit.\n";

/// What a pod may take, and what it is told beside the shared settings.
struct Pod {
    /// The job.
    job: &'static str,
    /// CPU and memory it is sure of.
    requests: [&'static str; 2],
    /// CPU and memory it may take.
    limits: [&'static str; 2],
    /// Variables of the environment (docs/contract/operations.md O1).
    env: &'static [(&'static str, &'static str)],
}

/// What a small job takes.
const SMALL: Pod =
    Pod { job: "", requests: ["100m", "256Mi"], limits: ["500m", "512Mi"], env: &[] };

/// What the jobs of a night take one after the other.
const NIGHT: Pod = Pod { job: "", requests: ["1", "2Gi"], limits: ["4", "4Gi"], env: &[] };

/// How long a job may take, seconds, and how long a round.
const JOB_SECONDS: u32 = 3600;
const ROUND_SECONDS: u32 = 4 * JOB_SECONDS;

/// Jobs that take more, or are told more, than [`SMALL`].
const PODS: &[Pod] = &[
    Pod {
        job: "compute-daily-kpis",
        env: &[
            ("KPI_LOOKBACK_DAYS", "30"),
            ("METRICS_DEFAULT_TARGET", "0.0"),
            ("METRICS_USE_BAYESIAN", "false"),
            ("METRICS_USE_IRT_THETA", "true"),
        ],
        ..SMALL
    },
    Pod {
        job: "aggregate-features-daily",
        requests: ["200m", "512Mi"],
        limits: ["1", "1Gi"],
        env: &[("AGG_LOOKBACK_DAYS", "7"), ("AGG_INCLUDE_THETA", "true")],
    },
    Pod {
        job: "mirt-calibrate",
        requests: ["500m", "1Gi"],
        limits: ["2", "2Gi"],
        env: &[
            ("MIRT_LOOKBACK_DAYS", "30"),
            ("MIRT_MODEL", "2PL"),
            ("MIRT_MAX_OBS", "0"),
            ("MIRT_MAX_RETRIES", "3"),
            ("MIRT_RETRY_DELAY_SECS", "5.0"),
            ("IRT_UPDATE_QUESTION_META", "false"),
        ],
    },
    Pod {
        job: "glmm-fit-progress",
        requests: ["200m", "512Mi"],
        limits: ["2", "2Gi"],
        env: &[("GLMM_LOOKBACK_WEEKS", "12")],
    },
    Pod {
        job: "fit-bayesian-growth",
        requests: ["1", "2Gi"],
        limits: ["4", "4Gi"],
        env: &[
            ("LOOKBACK_WEEKS", "12"),
            ("BRMS_ITER", "1000"),
            ("BRMS_CHAINS", "2"),
            ("BRMS_FAMILY", "gaussian"),
            ("BRMS_UPDATE_KPI", "true"),
        ],
    },
    Pod {
        job: "forecast-prophet",
        requests: ["500m", "1Gi"],
        limits: ["2", "2Gi"],
        env: &[
            ("PROPHET_LOOKBACK_WEEKS", "12"),
            ("PROPHET_FORECAST_WEEKS", "4"),
            ("PROPHET_ANOMALY_THRESHOLD", "2.5"),
        ],
    },
    Pod {
        job: "fit-survival-churn",
        requests: ["500m", "1Gi"],
        limits: ["2", "2Gi"],
        env: &[
            ("SURVIVAL_LOOKBACK_DAYS", "90"),
            ("SURVIVAL_EVENT_THRESHOLD_DAYS", "14"),
            ("SURVIVAL_UPDATE_KPI", "true"),
        ],
    },
    Pod {
        job: "detect-inactivity",
        requests: ["200m", "512Mi"],
        limits: ["1", "1Gi"],
        env: &[
            ("INACTIVITY_THRESHOLD_DAYS", "7"),
            ("KPI_LOOKBACK_DAYS", "30"),
            ("METRICS_DEFAULT_TARGET", "0.0"),
            ("METRICS_USE_BAYESIAN", "false"),
            ("METRICS_CHURN_HORIZON_DAYS", "14"),
        ],
    },
    Pod {
        job: "cluster-segments",
        requests: ["500m", "1Gi"],
        limits: ["2", "4Gi"],
        env: &[("CLUSTER_LOOKBACK_WEEKS", "12"), ("CLUSTER_METHOD", "kmeans")],
    },
    Pod {
        job: "generate-weekly-report",
        requests: ["1", "2Gi"],
        limits: ["2", "4Gi"],
        env: &[("REPORT_FORMAT", "pdf")],
    },
    Pod {
        job: "generate-weekly-report-batch",
        requests: ["2", "4Gi"],
        limits: ["4", "8Gi"],
        env: &[("REPORT_FORMAT", "pdf")],
    },
];

/// The jobs that people start by hand under names of their own (O2).
struct ByHand {
    name: &'static str,
    job: &'static str,
    env: &'static [(&'static str, &'static str)],
}

const BY_HAND: &[ByHand] = &[
    ByHand {
        name: "calibrate-irt-now",
        job: "mirt-calibrate",
        env: &[("MIRT_LOOKBACK_DAYS", "90")],
    },
    ByHand {
        name: "calibrate-irt-dryrun",
        job: "mirt-calibrate",
        env: &[("MIRT_LOOKBACK_DAYS", "90"), ("DRY_RUN", "true")],
    },
    ByHand { name: "glmm-fit-progress-now", job: "glmm-fit-progress", env: &[] },
    ByHand {
        name: "fit-bayesian-growth-now",
        job: "fit-bayesian-growth",
        env: &[("BRMS_ITER", "2000"), ("BRMS_CHAINS", "4")],
    },
    ByHand { name: "fit-survival-churn-now", job: "fit-survival-churn", env: &[] },
    ByHand { name: "forecast-prophet-now", job: "forecast-prophet", env: &[] },
    ByHand { name: "cluster-segments-now", job: "cluster-segments", env: &[] },
    ByHand { name: "generate-weekly-report-now", job: "generate-weekly-report-batch", env: &[] },
    ByHand {
        name: "generate-weekly-report-test",
        job: "generate-weekly-report-batch",
        env: &[("DRY_RUN", "true")],
    },
];

/// The CronJobs, the Jobs to start by hand, and the Job that brings the schema up to date.
pub(super) fn pages() -> Vec<Page> {
    let mut pages = vec![Page { path: format!("{FOLDER}/base/cronjobs.yaml"), text: cron_jobs() }];
    pages.extend(rounds_pages());
    pages.push(job_page("migrate-now", &SMALL, &[], "migrate"));
    let registered = |by_hand: &&ByHand| find(by_hand.job).is_some();
    pages.extend(BY_HAND.iter().filter(registered).map(|by_hand| {
        let command = format!("job, run, {}", by_hand.job);
        job_page(by_hand.name, pod(by_hand.job), by_hand.env, &command)
    }));
    pages
}

fn find(name: &str) -> Option<&'static JobEntry> {
    JOBS.iter().find(|job| job.name == name)
}

fn pod(job: &str) -> &'static Pod {
    PODS.iter().find(|pod| pod.job == job).unwrap_or(&SMALL)
}

fn cron_jobs() -> String {
    let scheduled = JOBS.iter().filter_map(|job| {
        let command = format!("job, run, {}", job.name);
        let runs = Runs { schedule: job.schedule?, seconds: JOB_SECONDS, needs: needs(job) };
        Some(cron_job(job.name, pod(job.name), &command, runs))
    });
    format!("{HEADER}{}", scheduled.collect::<Vec<_>>().join("---\n"))
}

/// The variable without which a job has nothing to do.
fn needs(job: &JobEntry) -> Option<&'static str> {
    let unset = Settings::resolve(job, |_| None, |_| None).ok()?;
    lacking(job, &unset)
}

/// Rounds in the place of the jobs that nights and weeks consist of: those run in their order, all of them.
fn rounds_pages() -> [Page; 2] {
    let rounds = [Round::Daily, Round::Weekly, Round::Monthly].into_iter().filter_map(|round| {
        let runs = Runs { schedule: round.schedule()?, seconds: ROUND_SECONDS, needs: None };
        let command = format!("pipeline, {}", round.name());
        Some(cron_job(&format!("pipeline-{}", round.name()), &NIGHT, &command, runs))
    });
    let cron_jobs = format!("{HEADER}{}", rounds.collect::<Vec<_>>().join("---\n"));
    let in_rounds = JOBS.iter().filter(|job| job.schedule.is_some() && is_of_a_round(job));
    let without = in_rounds.map(|job| {
        let name = job.name;
        format!(
            "  - patch: |-
      $patch: delete
      apiVersion: batch/v1
      kind: CronJob
      metadata:
        name: {name}
"
        )
    });
    let kustomization = format!(
        "{HEADER}# Nights, weeks and months as `seedtest schedule` runs them, in the place of one CronJob for each of their jobs.
# Their times are those of UTC unless an overlay sets timeZone. Name it before cloud-sql-proxy.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources:
  - cronjobs.yaml
patches:
{}",
        without.collect::<String>()
    );
    let page = |name: &str, text: String| Page {
        path: format!("{FOLDER}/components/rounds/{name}.yaml"),
        text,
    };
    [page("cronjobs", cron_jobs), page("kustomization", kustomization)]
}

/// Whether a night or a week runs the job.
fn is_of_a_round(job: &JobEntry) -> bool {
    job.rounds.iter().any(|place| matches!(place.round, Round::Daily | Round::Weekly))
}

/// When something runs, for how long at most, and without which variable it has nothing to do.
#[derive(Debug, Clone, Copy)]
struct Runs {
    schedule: &'static str,
    seconds: u32,
    needs: Option<&'static str>,
}

fn cron_job(name: &str, pod: &Pod, command: &str, runs: Runs) -> String {
    let pod = pod_template(name, pod, &[], command);
    let template = indented(&pod, 8);
    let Runs { schedule, seconds, needs } = runs;
    let annotation =
        needs.map_or(String::new(), |of| format!("  annotations:\n    seedtest/needs: {of}\n"));
    let suspended = needs.map_or(String::new(), |of| {
        format!("  # It has nothing to do without {of}: an overlay that sets it sets this to false.\n  suspend: true\n")
    });
    format!(
        "apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: seedtest
{annotation}spec:
{suspended}  schedule: \"{schedule}\"
  timeZone: Etc/UTC
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 2
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 1
      activeDeadlineSeconds: {seconds}
      podFailurePolicy:
        # Wrong usage (2) and a model that did not converge (3) end the same way again.
        rules:
          - action: FailJob
            onExitCodes:
              containerName: seedtest
              operator: In
              values: [2, 3]
      template:
{template}"
    )
}

fn job_page(name: &str, pod: &Pod, env: &[(&'static str, &'static str)], command: &str) -> Page {
    let template = indented(&pod_template(name, pod, env, command), 4);
    let text = format!(
        "{HEADER}apiVersion: batch/v1
kind: Job
metadata:
  name: {name}
  namespace: seedtest
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: seedtest
spec:
  backoffLimit: 1
  ttlSecondsAfterFinished: 3600
  template:
{template}"
    );
    Page { path: format!("{FOLDER}/jobs/{name}.yaml"), text }
}

/// The pod of a job; `env` beats what the job is always told.
fn pod_template(
    name: &str,
    pod: &Pod,
    env: &[(&'static str, &'static str)],
    command: &str,
) -> String {
    let usual = pod.env.iter().filter(|(key, _)| env.iter().all(|(other, _)| other != key));
    let lines = usual
        .chain(env)
        .map(|(key, value)| format!("        - name: {key}\n          value: \"{value}\"\n"));
    let lines: String = lines.collect();
    let [cpu, memory] = pod.requests;
    let [most_cpu, most_memory] = pod.limits;
    format!(
        "metadata:
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: seedtest
    seedtest/analytics-client: \"true\"
spec:
  restartPolicy: Never
  serviceAccountName: seedtest
  automountServiceAccountToken: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: seedtest
      image: seedtest
      args: [\"--data-dir\", \"/data\", {args}]
      envFrom:
        - configMapRef:
            name: seedtest-config
        - secretRef:
            name: aws-s3-credentials
            optional: true
        # Whatever else nobody may read: SMTP_PASSWORD, ALERT_WEBHOOK_URL, SEEDTEST_PSEUDONYM_KEY …
        - secretRef:
            name: seedtest-secrets
            optional: true
      env:
        - name: DATABASE_URL
          valueFrom:
            secretKeyRef:
              name: seedtest-db-credentials
              key: DATABASE_URL
{lines}      resources:
        requests:
          cpu: {cpu}
          memory: {memory}
        limits:
          cpu: \"{most_cpu}\"
          memory: {most_memory}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [\"ALL\"]
      volumeMounts:
        - name: data
          mountPath: /data
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: data
      emptyDir: {{}}
    - name: tmp
      emptyDir: {{}}
",
        args = command.split(", ").map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", "),
    )
}

fn indented(text: &str, spaces: usize) -> String {
    let margin = " ".repeat(spaces);
    let lines: Vec<String> = text.lines().map(|line| format!("{margin}{line}\n")).collect();
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A job that is told something it does not read would keep its default without a word.
    #[test]
    fn every_variable_of_a_manifest_is_read_by_its_job() {
        let by_hand = BY_HAND.iter().map(|by_hand| (by_hand.job, by_hand.env));
        for (name, env) in PODS.iter().map(|pod| (pod.job, pod.env)).chain(by_hand) {
            let Some(job) = find(name) else { continue };
            for (key, _) in env {
                let is_read = job.settings.iter().any(|setting| setting.env.contains(key));
                assert!(is_read, "{name} does not read {key}");
            }
        }
    }

    #[test]
    fn what_has_nothing_to_do_waits() {
        let text = cron_jobs();
        let of = |name: &str| {
            text.split("---\n").find(|job| job.contains(&format!("\n  name: {name}\n"))).unwrap()
        };
        let needs = ["generate-weekly-report", "mail-weekly-report", "send-alerts"]
            .map(|name| (of(name).contains("suspend: true"), needs(find(name).unwrap())));
        assert_eq!(needs, [(true, Some("S3_BUCKET")), (true, Some("SMTP_HOST")), (false, None)]);
    }

    #[test]
    fn rounds_stand_in_the_place_of_their_jobs() {
        let [cron_jobs, component] = rounds_pages().map(|page| page.text);
        for round in ["daily", "weekly", "monthly"] {
            assert!(cron_jobs.contains(&format!("\"pipeline\", \"{round}\"")), "{cron_jobs}");
        }
        let goes = |name: &str| component.contains(&format!("        name: {name}\n"));
        assert!(goes("mirt-calibrate") && goes("send-alerts") && goes("cluster-segments"));
        assert!(!goes("prune") && !goes("generate-weekly-report"));
    }

    #[test]
    fn every_scheduled_job_has_a_cron_job() {
        let text = cron_jobs();
        for job in JOBS.iter().filter(|job| job.schedule.is_some()) {
            assert!(text.contains(&format!("\n  name: {}\n", job.name)), "{}", job.name);
        }
    }
}
