"""Makes every call of the service once; a quick start to copy from. Needs httpx.

    seedtest demo                                  # data to ask about
    seedtest --data-dir seedtest-demo serve        # in one terminal
    python examples/python/every_call.py           # in another

`SEEDTEST_URL` (default http://127.0.0.1:8000) and `SEEDTEST_TOKEN` say where and with which token,
`SEEDTEST_STUDENT` whom to ask about, `SEEDTEST_EXAM` the session of an exam. The platform's routes want a signed token: `SEEDTEST_JWT`, or
`SEEDTEST_JWT_KEY`, a file with the private key to sign one with (openssl does it). Without either
they are left out, and a line says so.
"""

import base64
import json
import os
import subprocess
import sys
import time

import made_up_data
from seedtest_client import Platform, Seedtest, SeedtestError

URL = os.environ.get("SEEDTEST_URL", "http://127.0.0.1:8000")
STUDENT = os.environ.get("SEEDTEST_STUDENT", "student-0001")
EXAM = os.environ.get("SEEDTEST_EXAM")
SCOPES = "reports:view reports:generate analysis:run recommend:plan exam:read exam:write"


def models(service):
    print("service", service.health()["version"])

    fit = service.calibrate(list(made_up_data.answers()), model="2PL", priors="weak")
    verdict = fit["fit_meta"]["verdict"]["status"]
    print(fit["fit_meta"]["run_id"], verdict, len(fit["items"]), "items")

    responses = [{"item_id": "q3", "is_correct": True}, {"item_id": "q9", "is_correct": False}]
    score = service.score(fit["items"], responses)
    print(f"ability {score['theta']:.2f} ± {score['se']:.2f}")

    growth = service.growth_fit(list(made_up_data.scores()), target_score=0.8, horizon_weeks=4)
    first = growth["predictions"]["u0"]
    print(f"growth {growth['posterior_summary']['week']['mean']:.3f} a week,",
          f"u0 reaches 0.8 with {first['probability']:.2f}",
          f"[{first['lower']:.2f}, {first['upper']:.2f}]")
    later = service.growth_predict(run_id=growth["run_id"], user_features={
        "current_score": 0.5, "trend": 0.05, "weeks_remaining": 4})
    print(f"a new student at 0.5: {later['probability']:.2f}")

    churn = service.survival_fit(list(made_up_data.gaps()), params={"family": "cox"})
    print("churn, coefficients", churn["coefficients"])
    risks = service.survival_predict(run_id="latest", time_points=[7, 14],
                                     user_features=[{"user_id": "x", "A_t": 0.2}])
    print("risk of x", risks["risk_rankings"][0]["risk_score"])
    curves = service.survival_curves(list(made_up_data.gaps()), tau=14)
    print("median time to silence", curves["groups"][0]["median"])


def analytics(service):
    print("improvement", service.improvement_index(STUDENT, window_days=28)["trend"])
    print("goal", service.goal_attainment(STUDENT, target_score=0.5)["probability"])
    topics = service.next_topics(STUDENT, k=3)
    print("next topics", [topic["topic_id"] for topic in topics["topics"]])
    print("churn", service.churn_risk(STUDENT)["risk_score"])
    ids = [topic["topic_id"] for topic in topics["topics"]] or ["algebra"]
    print("topic abilities", service.topic_theta(STUDENT, ids)["theta_scores"])
    print("report", service.generate_report(STUDENT)["url"])


def runs(service):
    run = service.start({"observations": list(made_up_data.answers(seed=3))}, model="irt")
    for event, data in service.progress(run["run_id"]):
        print("run", event, data.get("iteration", ""))
    print("run", service.run(run["run_id"])["run_status"])

    long = service.start({"rows": list(made_up_data.scores(students=300, weeks=20)),
                          "n_samples": 20_000, "n_warmup": 20_000}, model="growth")
    service.cancel(long["run_id"])
    ended = [event for event, _ in service.progress(long["run_id"])][-1]
    print("a long run was", ended)

    job = service.start({"dry-run": True}, job="compute-daily-kpis")
    ended = [event for event, _ in service.progress(job["run_id"])][-1]
    print("job", ended, "·", len(service.runs()), "runs in the ledger")


def events(service):
    event = service.put_event("session_finished", STUDENT)
    print("event", event["event_id"], event["status"])
    while service.event_counts()["waiting"]:
        time.sleep(0.2)
    print("events", {k: v for k, v in service.event_counts().items() if k in ("done", "dead")})


def stored(service):
    forecast = service.forecast_student(STUDENT, target=0.5)
    print(f"{STUDENT} reaches 0.5 with {forecast['forecast']['probability']:.2f}")


def platform(person):
    update = person.update_theta(STUDENT, lookback_days=400)
    print("θ now", update["status"], update.get("theta"))
    print("θ before", [round(row["theta"], 2) for row in person.theta(STUDENT)][:5])
    week = person.recompute_week(STUDENT, person.weekly_kpis(STUDENT)[0]["week_start"])
    print("week", week["week_start"], week["kpis"])
    for name in ("improvement", "efficiency", "recovery", "engagement", "dropout-risk"):
        print(name, person.index(name, weeks=4))
    responses = [{"a": 1.2, "b": 0.1, "correct": True}, {"a": 0.9, "b": 0.8, "correct": False}]
    print("one topic", person.topic_ability("algebra", responses))
    print("topics", person.topic_abilities()["total_topics"],
          "weak", person.weak_topics(threshold=0.0)["total_weak_topics"])
    print("everybody's week", person.recompute_everybody(weeks_window=1)["users_processed"])
    if EXAM:
        print("exam", sorted(person.exam_analysis(EXAM, goal_targets="0.5", lang="en")))
    print("all indices", person.comprehensive(weeks=4)["engagement_index"])


def refusals(service):
    try:
        service.score({"q1": {"a": 1, "b": 0}}, [], method="GUESS")
    except SeedtestError as refused:
        print("refused as it should be:", refused)
    else:
        sys.exit("an unknown method was not refused")
    requests = [line for line in service.metrics().splitlines() if line.startswith("http_requests_total")]
    print(len(requests), "counters of requests")


def signed_token(key_file):
    """A token as the platform gives to people; in production it comes from there."""
    def packed(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    claims = {"sub": STUDENT, "exp": int(time.time()) + 3600, "scope": SCOPES}
    parts = [packed(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    text = b".".join(parts)
    sign = ["openssl", "dgst", "-sha256", "-sign", key_file]
    signature = subprocess.run(sign, input=text, capture_output=True, check=True).stdout
    return (text + b"." + packed(signature)).decode()


def main():
    service = Seedtest(URL, os.environ.get("SEEDTEST_TOKEN"))
    for part in (models, analytics, runs, events, stored, refusals):
        part(service)
    jwt, key = os.environ.get("SEEDTEST_JWT"), os.environ.get("SEEDTEST_JWT_KEY")
    if jwt or key:
        platform(Platform(URL, jwt or signed_token(key)))
    else:
        print("without SEEDTEST_JWT the platform's routes were left out")


if __name__ == "__main__":
    main()
